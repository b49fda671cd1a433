"""Sums by day that Spark makes, refreshes and reads: the same groups as `rollups.build`, of the same expressions, as Parquet.

They lie where every machine of the cluster reaches them (beside the facts) and hold for exactly the files they were made of.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from goldloop.core.store import Store
from goldloop.metrics.cuts import STORE_CUTS
from goldloop.metrics.engines.engine import source_mark
from goldloop.metrics.rollups.build import DAY_COLUMNS, SUMS, day_tables, stores_of
from goldloop.metrics.rollups.counting import EPOCH, number_of
from goldloop.metrics.rollups.paths import summed_as
from goldloop.metrics.shape import Shape

if TYPE_CHECKING:
    from goldloop.metrics.engines.spark import Engine

READ = ("orders", "order_lines", "refunds", "store_day", "products")
ALL = (*SUMS, ("order_parts", "category"), ("order_parts", "price_band"))
ABOUT = "about.json"
PREFIX = "sums_"  # of the names by which statements read them
MOST_REFRESHED = 0.3  # of all days may have changed; beyond that everything made anew takes no longer


@dataclass(frozen=True)
class About:
    """What sums were made of: code, files of the lake, stores; first and last day, and the parts of each table."""

    made_by: str
    files: Mapping[str, Sequence[str]]
    stores: Sequence[Sequence[object]]
    span: Sequence[int]
    parts: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Sums:
    """Sums by day below one folder."""

    folder: Path
    about: About

    def file(self, name: str) -> str:
        """Where Spark finds one of the tables."""
        return str(self.folder / name.removeprefix(PREFIX))

    def statement(self, group: str, shape: Shape) -> str | None:
        """SQL for a group of parts from its sums, with the columns that its own statement gives; None where there are none."""
        name = summed_as(group, shape)
        if name not in self.about.parts or shape.converted:
            return None
        of_store = {"store": "store_name", "platform": "platform", "currency": "store_currency"}
        keys = {"bucket": 'b."bucket"'}
        keys |= {f"c_{c}": f's."{of_store[c]}"' if c in STORE_CUTS else f'r."c_{c}"' for c in shape.cuts}
        sums = [f'CAST(sum(r."{part}") AS {kind}) AS "{part}"' for part, kind in self.about.parts[name].items()]
        wanted = "".join(
            f"""\nWHERE coalesce(r."c_{cut}", '') IN (SELECT "value" FROM "where_{i}")"""
            for i, cut in enumerate(shape.wheres)
        )
        columns = [f'{sql} AS "{key}"' for key, sql in keys.items()]
        return (
            f"SELECT {', '.join([*columns, *sums])}\n"
            f'FROM "{PREFIX}{name}" r JOIN "scope" s ON s."store" = r."store" JOIN "buckets" b ON b."bday" = r."bday"'
            f"{wanted}\nGROUP BY {', '.join(keys.values())}"
        )


def opened(root: Path) -> Sums | None:
    """The sums below a folder that were made last; None where there are none."""
    try:
        said = json.loads((root / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Sums(root / said.pop("folder"), About(**said))


def holds(sums: Sums, engine: Engine) -> bool:
    """Whether sums were made of just what an engine reads."""
    return sums.about.made_by == made_by() and sums.about.files == files_of(engine)


def brought_up_to_date(engine: Engine, stores: Mapping[int, Store], root: Path) -> Sums | None:
    """The sums of an engine's version below `root`: made anew, or anew for the days whose files came or went.

    None where there is nothing to add up. Until the very end readers find those before.
    """
    span = _span(engine)
    if span is None:
        return None
    old = opened(root)
    if old is not None and holds(old, engine):
        return old
    days = None if old is None else _changed(old, engine, stores, span)
    folder = root / hashlib.sha256(f"{made_by()}{files_of(engine)}".encode()).hexdigest()[:16]
    shutil.rmtree(folder, ignore_errors=True)  # of a making that was killed
    tables = day_tables(list(stores.values()), range(span[0], span[1] + 1) if days is None else days)
    parts: dict[str, dict[str, str]] = {}
    for group, cut in ALL:
        name = f"{group}_by_{cut}" if cut else group
        sql = _by_day(engine, group, cut)
        parts[name] = {c: k for c, k in engine.columns(sql, tables).items() if c not in ("bday", "store", f"c_{cut}")}
        if old is not None and days is not None:
            kept = f"SELECT * FROM parquet.`{old.file(name)}`"
            gone = f" WHERE bday NOT IN ({', '.join(map(_day, days))})" if days else ""
            sql = f"{sql} UNION ALL {kept}{gone}" if days else kept
        engine.write(sql, tables, str(folder / name))
    about = About(made_by(), files_of(engine), [list(one) for one in stores_of(stores)], list(span), parts)
    draft = root / f"{ABOUT}.part"
    draft.write_text(json.dumps({"folder": folder.name, **asdict(about)}), encoding="utf-8")
    draft.replace(root / ABOUT)
    _tidy(root, folder, old)
    return Sums(folder, about)


def files_of(engine: Engine) -> dict[str, list[str]]:
    """The files of the lake that sums are made of."""
    root = Path(engine.snapshot.root).absolute()
    return {
        name: [str(Path(file).relative_to(root)) for file in engine.snapshot.files(f"facts/{name}")] for name in READ
    }


def made_by() -> str:
    """A digest of the code that makes sums."""
    return hashlib.sha256(source_mark().encode() + Path(__file__).read_bytes()).hexdigest()


def _by_day(engine: Engine, group: str, cut: str | None) -> str:
    """What a group counts of each day, store and value of a cut, by its own expressions."""
    shape = Shape(("store",) if cut is None else ("store", cut))
    sql = engine.from_facts(group, shape)
    names = [f"c_{cut}"] if cut else []
    parts = [name for name in engine.columns(sql, day_tables([], [])) if name not in ("bucket", "c_store", *names)]
    listed = ", ".join(f'"{name}"' for name in [*names, *parts])
    return (
        'SELECT date_add(DATE \'1970-01-01\', CAST("bucket" AS INT)) AS bday, CAST("c_store" AS BIGINT) AS store, '
        f"{listed} FROM ({sql}) AS by_day"
    )


def _changed(old: Sums, engine: Engine, stores: Mapping[int, Store], span: tuple[int, int]) -> list[int] | None:
    """Numbers of the days whose rows stand in files that came or went; None where everything is to be made anew."""
    now, then, root = files_of(engine), old.about.files, Path(engine.snapshot.root).absolute()
    known = [list(one) for one in stores_of(stores)][: len(old.about.stores)]
    if old.about.made_by != made_by() or now["products"] != then["products"] or known != list(old.about.stores):
        return None
    days: set[int] = set()
    for table in (name for name in READ if name != "products"):
        files = [root / file for file in set(now[table]) ^ set(then[table])]
        if not all(file.exists() for file in files):
            return None
        for file in files:
            for column in DAY_COLUMNS[table]:
                found = engine.run(f"SELECT DISTINCT {column} FROM parquet.`{file}` WHERE {column} IS NOT NULL", {})
                days |= {number_of(day) for (day,) in found.rows}
    return sorted(days) if len(days) <= MOST_REFRESHED * (span[1] - span[0] + 1) else None


def _span(engine: Engine) -> tuple[int, int] | None:
    """Numbers of the first and last business day of orders and refunds."""
    found = engine.run(
        "SELECT min(low), max(high) FROM (SELECT least(min(day), min(placed_day)) AS low, greatest(max(day), "
        'max(placed_day)) AS high FROM "orders" UNION ALL SELECT min(day), max(day) FROM "refunds")',
        {},
    ).rows[0]
    return None if found[0] is None else (number_of(found[0]), number_of(found[1]))


def _day(number: int) -> str:
    return f"DATE '{date.fromordinal(number + EPOCH)}'"


def _tidy(root: Path, folder: Path, old: Sums | None) -> None:
    """Remove what neither is new nor was new until now: somebody may still read that."""
    stay = {folder, folder if old is None else old.folder}
    for place in root.iterdir():
        if place.is_dir() and place not in stay:
            shutil.rmtree(place, ignore_errors=True)
