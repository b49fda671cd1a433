"""Writing the whole group: which files each store has, in which order they are best imported."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.simulate.arrays import Array
from goldloop.simulate.exports import alimama, douyin, shopify, sycm, taobao, templates
from goldloop.simulate.group import GROUP
from goldloop.simulate.manifest import FileSpec, Manifest
from goldloop.simulate.truth import WORDS, store_truth
from goldloop.simulate.world import World, simulate

SCALES = {"small": 1.0, "medium": 20.0}
PRODUCT_DAYS = 60
SOURCE_DAYS, SOURCE_MONTHS = 2, 2


def pieces(world: World, months: int) -> list[tuple[str, Array]]:
    """Exported orders by the calendar span of so many months in which they were placed: label and positions."""
    shown = np.flatnonzero(world.exported)
    month = world.wall(world.purchases.placed[shown]).astype("datetime64[M]").astype(np.int64)
    span, found = month // months, []
    for number in np.unique(span):
        mine = span == number
        label = "-".join(
            str(np.datetime64(int(m), "M")).replace("-", "") for m in (month[mine].min(), month[mine].max())
        )
        found.append((label, shown[mine]))
    return found


def lines_of(world: World, mine: Array) -> Array:
    """Positions of the lines of the orders at positions `mine`."""
    chosen = np.zeros(len(world.number), np.bool_)
    chosen[mine] = True
    return np.flatnonzero(chosen[world.lines.order])


def _taobao_orders(world: World, folder: Path, months: int) -> list[Path]:
    page, lists, lines = taobao.sheet(world), [], []
    for label, mine in pieces(world, months):
        lists.append(folder / f"ExportOrderList{label}.csv")
        taobao.write_orders(page, mine, lists[-1])
        lines.append(folder / f"SubOrderList{label}.xlsx")
        taobao.write_lines(page, lines_of(world, mine), lines[-1])
    return lists + lines


def _tmall(world: World, folder: Path, rng: np.random.Generator) -> list[FileSpec]:
    name, dates = world.model.name, world.days.dates()
    refunds = folder / f"退款单_{world.first_date.isoformat()}_{world.last_date.isoformat()}.xlsx"
    taobao.write_refunds(world, refunds)
    paths = [
        templates.write_products(world, folder),
        templates.write_attributes(world, folder),
        *_taobao_orders(world, folder, 6),
        refunds,
        *sycm.write_shop(world, folder, 1, rng),
        *sycm.write_products(world, folder, days=PRODUCT_DAYS, parts=1, rng=rng),
        *alimama.write_reports(world, folder, 2, rng),
        templates.write_costs(world, folder),
        templates.write_events(world, folder),
    ]
    files = [FileSpec(path, name) for path in paths]
    spans = [(d, d) for d in range(world.days.count - SOURCE_DAYS, world.days.count)]
    for first, last in [*sycm.whole_months(world, SOURCE_MONTHS), *spans]:
        path = sycm.write_sources(world, folder, first, last)
        files.append(FileSpec(path, name, (dates[first], dates[last])))
    return files


def _taobao(world: World, folder: Path, rng: np.random.Generator) -> list[FileSpec]:
    paths = [
        templates.write_products(world, folder),
        *_taobao_orders(world, folder, 12),
        *sycm.write_shop(world, folder, 1, rng),
        templates.write_costs(world, folder),
    ]
    return [FileSpec(path, world.model.name) for path in paths]


def _douyin(world: World, folder: Path, rng: np.random.Generator) -> list[FileSpec]:
    paths = [templates.write_products(world, folder)]
    for number, (label, mine) in enumerate(pieces(world, 12)):
        paths.append(folder / douyin.export_name(world, number, label))
        douyin.write_orders(world, lines_of(world, mine), paths[-1])
    paths += [templates.write_ads(world, folder), templates.write_costs(world, folder)]
    return [FileSpec(path, world.model.name) for path in paths]


def _shopify(world: World, folder: Path, rng: np.random.Generator) -> list[FileSpec]:
    paths = [folder / "products_export.csv"]
    shopify.write_products(world, paths[0])
    for number, (_, mine) in enumerate(pieces(world, 24), 1):
        paths.append(folder / f"orders_export_{number}.csv")
        shopify.write_orders(world, lines_of(world, mine), paths[-1])
    paths += [templates.write_ads(world, folder), templates.write_costs(world, folder)]
    return [FileSpec(path, world.model.name) for path in paths]


WRITERS = {"tmall": _tmall, "taobao": _taobao, "douyin": _douyin, "shopify": _shopify}


def write_group(folder: Path, *, size: str, seed: int, last_day: date) -> Manifest:
    """Simulate the group and write all files of all stores below `folder`, see `goldloop.simulate.write_group`."""
    if size not in SCALES:
        raise GoldloopError(
            "size_unknown", f"There is no demo size '{size}'.", given=size, allowed=list(SCALES), size=size
        )
    stores, files, truth = [], [], {}
    for number, model in enumerate(GROUP):
        rng = np.random.default_rng([seed, number])
        world = simulate(model, last_day=last_day, scale=SCALES[size], rng=rng)
        below = folder / model.slug
        below.mkdir(parents=True, exist_ok=True)
        stores.append(world.spec)
        files += WRITERS[model.slug](world, below, rng)
        truth[model.name] = store_truth(world, scale=SCALES[size]) | {
            "costs": {kind: values.tolist() for kind, values in templates.monthly_costs(world).items()}
        }
        first_day = world.first_date
    path = folder / "truth.json"
    head = {"size": size, "seed": seed, "first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    text = json.dumps({**head, "words": WORDS, "stores": truth}, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")
    return Manifest(tuple(stores), tuple(files), path)
