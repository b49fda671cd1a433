"""Leaving the demo: its stores and everything that was loaded for them go, people and settings stay."""

from __future__ import annotations

import json
import shutil

from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs import lock
from goldloop.jobs.demo import MARK


def is_demo(home: Home) -> bool:
    """Whether this home holds the demo."""
    return (home.root / MARK).exists()


def end(home: Home) -> None:
    """Empty a demo's home but for its people; safe to repeat after a kill, for the mark goes last.

    Raises `demo_not_here`, or `demo_home_used` when a store of somebody's own stands beside those of the demo.
    """
    mark = home.root / MARK
    if not mark.exists() or not home.lake.is_relative_to(home.root):
        raise GoldloopError("demo_not_here", "This home folder is not a demo's, so it is not emptied.", given=str(home.root), todo="goldloop demo --home DIR")  # fmt: skip
    made, stores = json.loads(mark.read_text("utf-8")), [store.name for store in shops.store_list()]
    own = sorted(set(stores) - set(made.get("stores", stores)))
    if own:
        raise GoldloopError("demo_home_used", "This home folder holds something else; the demo needs one of its own.", given=own, todo="goldloop demo --home DIR")  # fmt: skip
    with lock.writer(home), lock.kept_files(home):
        feeds.everything_remove()
        shops.stores_remove()
        for folder in (home.lake, home.sources):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
        for folder in (home.root / "cache", home.root / "demo-files"):
            shutil.rmtree(folder, ignore_errors=True)
        mark.unlink()
