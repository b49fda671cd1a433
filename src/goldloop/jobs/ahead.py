"""Keeping rollups (see `metrics.rollups`) beside a large lake: made at the end of what changes it, never while somebody waits for a page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop import settings
from goldloop.apps.shops import api as shops
from goldloop.home import Home
from goldloop.jobs import lock
from goldloop.jobs.progress import Progress, silent
from goldloop.jobs.writing import snapshot

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine
    from goldloop.metrics.rollups.rolled import Rolled


def folder(home: Home) -> Path:
    """Where the rollups of a home lie."""
    return home.root / "rollups"


def keep_up(home: Home, progress: Progress = silent) -> None:
    """Bring rollups up to date where they are kept: from so many orders on (`GOLDLOOP_ROLLUPS_FROM`), or once they were made."""
    least = settings.rollups_from()
    kept = folder(home).exists()
    if kept or (least and sum(part.rows for part in snapshot(home).parts("facts/orders")) >= least):
        make(home, progress)


def make(home: Home, progress: Progress = silent) -> Rolled | None:
    """Make the rollups of the newest state, or bring them up to date; None where there is nothing to count ahead."""
    from goldloop.metrics.engines.duckdb import Engine
    from goldloop.metrics.rollups.build import brought_up_to_date

    with lock.rollups(home):
        progress("ahead", "")
        root = folder(home)
        root.mkdir(mode=0o700, exist_ok=True)
        stores = {store.id: store for store in shops.store_list()}
        made = brought_up_to_date(Engine(snapshot(home), cache=home.root / "cache"), stores, root)
        if made is None:
            shutil.rmtree(root)
        return made


def drop(home: Home) -> bool:
    """Remove the rollups; whether there were any."""
    with lock.rollups(home):
        there = folder(home).exists()
        shutil.rmtree(folder(home), ignore_errors=True)
        return there


def usable(home: Home, engine: Engine) -> Rolled | None:
    """The rollups that were made of just what an engine reads."""
    from goldloop.metrics.rollups.build import holds
    from goldloop.metrics.rollups.rolled import opened

    root = folder(home)
    found = opened(root) if root.exists() and engine.dialect == "duckdb" else None
    return found if found is not None and holds(found, engine) else None


def as_dict(made: Rolled | None) -> dict[str, Any]:
    """What `lake rollups` answers."""
    if made is None:
        return {"rollups": False}
    about = made.about
    held = sum(file.stat().st_size for file in made.folder.rglob("*") if file.is_file())
    return {"rollups": True, "days": about.days, "stores": len(about.stores), "people": about.persons, "bytes": held}
