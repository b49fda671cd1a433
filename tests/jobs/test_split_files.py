"""REL-04: however the rows of a file are shuffled, split into files and overlapped, the lake holds the same in the end."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.apps.homes import fresh_home
from tests.jobs.mini import PROFILE, Row, facts, row, write

from goldloop import home as homes
from goldloop.shop import Shop

# The same rows with a line number of their own: such files may be split anywhere.
NUMBERED = (
    PROFILE.replace('id = "mini"', 'id = "numbered"')
    .replace('line_key = "@line_key"', 'line_key = { from = "行号", required = true }')
    .replace('required = ["订单号"', 'required = ["行号", "订单号"')
    .replace('[line_key]\norder = "订单号"\ncolumns = ["商品", "单价"]\n', "")
)

orders = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["cup", "plate"]), st.integers(1, 3), st.sampled_from(["1.50", "20"])),
        min_size=1,
        max_size=4,
    ),
    min_size=2,
    max_size=8,
)


def rows_of(found: list[list[tuple[str, int, str]]]) -> list[list[Row]]:
    """The lines of each order; some orders hold lines that are equal in everything."""
    return [
        [
            row(f"N{n}", product, quantity, price, f"2026-0{1 + n % 2}-1{n % 10} 08:00:00", f"b{n % 5}")
            for product, quantity, price in lines
        ]
        for n, lines in enumerate(found)
    ]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for name, profile in (("mini", PROFILE), ("numbered", NUMBERED)):
        home = fresh_home(tmp_path_factory.mktemp(name) / "home")
        (home.profiles / f"{name}.toml").write_text(profile, "utf-8")
        Shop(home).store_add("A", platform="tmall")
        made[name] = home.root
    return made


def check(template: Path, folder: Path, whole: Path, parts: list[Path]) -> None:
    """The parts give what the whole file gives, and the whole file after them changes nothing."""
    expected = facts(opened(template, folder, [whole]).home)
    shop = opened(template, folder, parts)
    assert facts(shop.home) == expected
    (after,) = shop.import_files([whole])
    assert (after.new, after.updated) == (0, 0)
    assert facts(shop.home) == expected


def opened(template: Path, folder: Path, files: list[Path]) -> Shop:
    """A new home with these files loaded."""
    from django.db import connection

    connection.close()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    shop = Shop(homes.find(folder))
    assert all(receipt.closes for receipt in shop.import_files(files))
    return shop


def deal(pieces: list[Any], files: int, rng: random.Random) -> list[list[Any]]:
    """Every piece in at least one of the files, some in two; each file in an order of its own."""
    hands: list[list[Any]] = [[] for _ in range(files)]
    for piece in pieces:
        for hand in rng.sample(hands, 1 + (rng.random() < 0.3)):
            hand.append(piece)
    for hand in hands:
        rng.shuffle(hand)
    return [hand for hand in hands if hand]


def examples(count: int):
    calm = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=calm)


def lines_without_a_number(
    found: list[list[tuple[str, int, str]]], files: int, seed: int, templates: dict[str, Path], folder: Path
) -> None:
    """Split between orders only: without a number, a line is known by its place among its equals of the order."""
    rng = random.Random(seed)
    whole = rows_of(found)
    hands = deal(whole, files, rng)
    parts = [
        write(folder / f"{n}.csv", [one for order in hand for one in rng.sample(order, len(order))])
        for n, hand in enumerate(hands)
    ]
    check(
        templates["mini"],
        folder / "home",
        write(folder / "whole.csv", [one for order in whole for one in order]),
        parts,
    )


def lines_with_a_number(
    found: list[list[tuple[str, int, str]]], files: int, seed: int, templates: dict[str, Path], folder: Path
) -> None:
    """Split anywhere, inside orders too."""
    rng = random.Random(seed)
    whole = [(n, *one) for n, one in enumerate(one for order in rows_of(found) for one in order)]
    parts = [numbered(folder / f"{n}.csv", hand) for n, hand in enumerate(deal(whole, files, rng))]
    check(templates["numbered"], folder / "home", numbered(folder / "whole.csv", whole), parts)


def numbered(path: Path, rows: list[Any]) -> Path:
    write(path, [one[1:] for one in rows])
    head, *lines = path.read_text("utf-8").splitlines()
    text = ["行号," + head, *(f"{one[0]},{line}" for one, line in zip(rows, lines, strict=True))]
    path.write_text("\n".join(text) + "\n", "utf-8")
    return path


# Mostly few files, because every file is a whole import; nine at most.
SPLITS = {"found": orders, "files": st.sampled_from([2, 2, 2, 2, 3, 3, 4, 9]), "seed": st.integers(0, 2**32)}


@pytest.mark.journey
@examples(10)
@given(**SPLITS)
def test_split_between_orders(found, files, seed, templates, tmp_path) -> None:
    lines_without_a_number(found, files, seed, templates, tmp_path)


@pytest.mark.journey
@examples(10)
@given(**SPLITS)
def test_split_anywhere(found, files, seed, templates, tmp_path) -> None:
    lines_with_a_number(found, files, seed, templates, tmp_path)


@pytest.mark.soak
@examples(250)
@given(**SPLITS)
def test_split_between_orders_at_length(found, files, seed, templates, tmp_path) -> None:
    lines_without_a_number(found, files, seed, templates, tmp_path)


@pytest.mark.soak
@examples(250)
@given(**SPLITS)
def test_split_anywhere_at_length(found, files, seed, templates, tmp_path) -> None:
    lines_with_a_number(found, files, seed, templates, tmp_path)
