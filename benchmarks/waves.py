"""Waves: a wave of so many people checked (audience, exclusions, hold-out, cost, prices), exported and measured, in CPU seconds.

python benchmarks/waves.py wave BUYERS ORDERS    `check`, `export` and `result` of a wave together: at most 10 s for 100,000 people
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from members import DAYS, FIRST, _asked, _orders

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def wave(buyers: str, orders: str) -> dict[str, Any]:
    """CPU seconds of each step, and how many people were drawn."""
    from goldloop import shop

    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "orders.parquet")
        _orders(file, int(buyers), int(orders))
        opened = shop.open(Path(folder) / "home", create=True)
        opened.store_add("S", platform="other", currency="CNY", timezone="Asia/Shanghai")
        from goldloop.jobs import wave_files, wave_results, waves  # Django runs on the home from here on

        viewer = opened.viewer()
        last = FIRST + timedelta(days=DAYS - 1)
        send = last - timedelta(days=59)
        said = {"name": "W", "audience": f"first:{FIRST}..{last}", "send": str(send), "until": str(last), "off": "20", "holdout": "0.1", "reach": "B"}  # fmt: skip
        seen = waves.wave_new(viewer, said, stores=["S"], moment=MOMENT)
        ask = _asked({"facts/orders": file})
        told: dict[str, Any] = {}

        def timed(name: str, work: Callable[[], Any]) -> Any:
            started = time.process_time()
            done = work()
            told[name] = round(time.process_time() - started, 2)
            return done

        checked = timed("check", lambda: waves.wave_check(ask, viewer, seen.id, merged={}, moment=MOMENT))
        _contacts(opened.home, seen.id)
        timed("export", lambda: wave_files.wave_export(opened.home, viewer, seen.id, merged={}, moment=MOMENT))
        timed("result", lambda: wave_results.wave_result(ask, viewer, seen.id, merged={}, moment=MOMENT))
        return {
            "audience": checked.told["audience"],
            "sent": checked.told["sent"],
            "held": checked.told["held"],
            **told,
        }


def _contacts(home: Any, id: int) -> None:
    """A platform id for everybody who was drawn."""
    from goldloop.apps.campaigns import api as campaigns
    from goldloop.jobs.vault import Seal

    seal = Seal(home.key("home"))
    people = [row[0] for row in campaigns.drawn(id=id)]
    campaigns.contacts_put(
        found=[campaigns.Reached(one, "platform", seal.seal(one.encode()), None, "form", None) for one in people]
    )


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    print(json.dumps({"wave": wave}[what](*rest)))
