"""Lists on a narrow terminal: cells stand below each other, and nothing is cut."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from goldloop.apps.feeds.contracts import Receipt
from goldloop.cli.command import Run
from goldloop.cli.output import Screen
from goldloop.cli.words import Words
from goldloop.home import Home


class Shop:
    """A shop with one long receipt and one late feed."""

    def imports(self, **_: object) -> list[Receipt]:
        return [
            Receipt(
                id=1234, file="ExportOrderList_2026-10-31.xlsx", member="", sheet="订单", store="旗舰店 Flagship", profile="taobao-orders-61",
                confidence=1.0, period="", read=1234567, new=1200000, updated=34000, unchanged=567, quarantined=12,
                first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), control=[{"name": "x", "stated": "1", "computed": "2", "ok": False}],
                state="undone",
            )
        ]  # fmt: skip

    def feeds(self, **_: object) -> list[object]:
        from goldloop.jobs.feed_board import Feed

        return [
            Feed("旗舰店 Flagship", "taobao-orders-61", 40, datetime(2026, 11, 1, 3, 30, tzinfo=UTC), date(2026, 10, 31), 1, "learned",
                 date(2026, 11, 1), "late", 12, 1234.5, 2345.6, "low", 17, [11, 12])
        ]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("command", ["imports", "feeds"])
def test_a_list_can_be_read_at_any_width(home: Home, command: str, width: int, lang: str) -> None:
    from goldloop.cli import feeds, imports

    run = Run(folder=None, json=False, words=Words(lang))
    run._shop = Shop()  # type: ignore[assignment]
    answer = imports.imports_list(run, every=True) if command == "imports" else feeds.feeds_list(run)
    screen = Screen(run.words)
    screen.console = Console(width=width, file=(out := io.StringIO()))
    answer.show(screen)
    shown = out.getvalue()
    wanted = {
        "imports": [
            "1234",
            "旗舰店 Flagship",
            "taobao-orders-61",
            "2026-10-01..2026-10-31",
            "1,234,567",
            "1,200,000",
            "34,000",
        ],
        "feeds": ["旗舰店 Flagship", "taobao-orders-61", "2026-11-01 03:30", "2026-10-31", "17", "11, 12"],
    }
    assert [text for text in wanted[command] if text not in shown] == []
    assert len([line for line in shown.splitlines() if line.strip()]) <= (3 if width == 200 else 15)
