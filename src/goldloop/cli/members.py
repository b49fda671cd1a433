"""`goldloop members`: RFM groups, life cycle, second purchases, and who will buy again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Basis, Currency, Out, Stores

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.members.asked import Block, MemberTable

FORMS = ("table", "csv", "json", "xlsx")
SHOWN = 40  # lines of a table on the screen; files hold all
SHOWN_DAYS = (30, 60, 90, 180)  # of the curve; files hold more
CUSTOMERS = 20

Day = Annotated[str, typer.Option("--day", metavar="DATE", help="Last day that counts (default: last loaded).")]
ByStore = Annotated[bool, typer.Option("--by-store", help="Every store for itself, not all as one group.")]
Since = Annotated[str, typer.Option("--since", metavar="DATE", help="Who moved between groups since this earlier day.")]
Window = Annotated[int, typer.Option("--window", metavar="DAYS", help="Days up to the last one that count.")]
Bands = Annotated[
    str, typer.Option("--bands", metavar="R/F/M", help="Fixed bounds, e.g. 180,90,60,30/2,3,4,6/100,200,500,1000.")
]
Sleeping = Annotated[int, typer.Option("--sleeping", metavar="DAYS", help="Days without a purchase until one sleeps.")]
Lost = Annotated[int, typer.Option("--lost", metavar="DAYS", help="Days without a purchase until one is lost.")]
Keep = Annotated[bool, typer.Option("--keep", help="Keep --sleeping and --lost for these stores from now on.")]
Learn = Annotated[bool, typer.Option("--learn", help="Forget kept limits: learn them from gaps again.")]
By = Annotated[
    str, typer.Option("--by", metavar="week|product|channel|order_source|region", help="Groups of first buyers.")
]
Ahead = Annotated[int, typer.Option("--ahead", metavar="DAYS", help="How far to look ahead.")]
Model = Annotated[str, typer.Option("--model", metavar="bgnbd|mbg", help="Repurchase model.")]
Unit = Annotated[str, typer.Option("--unit", metavar="day|week", help="Unit of the model's times.")]
Limit = Annotated[int, typer.Option("--limit", min=0, help="How many customers to show.")]
Goods = Annotated[
    str, typer.Option("--by", metavar="product|sku|category|brand|COLUMN", help="How goods are told apart.")
]
Following = Annotated[
    bool, typer.Option("--next", help="What is bought on the next purchase day, not in the same order.")
]
Least = Annotated[int, typer.Option("--least", metavar="CASES", help="Smallest sample: rarer pairs are not told.")]
Pairs = Annotated[int, typer.Option("--limit", min=0, help="How many pairs to tell.")]
Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="Month of the coupons (default: the next one).")]
Tiers = Annotated[
    str, typer.Option("--tiers", metavar="A,B", help="Bounds of first-order value, e.g. 100,300 (default: thirds).")
]
Give = Annotated[str, typer.Option("--give", metavar="SHARE", help="Share of the gross margin a coupon may give away.")]
Margin = Annotated[
    str, typer.Option("--margin", metavar="RATE", help="Gross margin by hand (default: from unit costs).")
]
Step = Annotated[str, typer.Option("--step", metavar="AMOUNT", help="The platform's step of face values.")]


def rfm(
    run: Run,
    store: Stores = None,
    day: Day = "",
    since: Since = "",
    window: Window = 365,
    bands: Bands = "",
    by_store: ByStore = False,
    basis: Basis = "auto",
    currency: Currency = "",
    out: Out = "",
) -> Answer:
    """Buyers in groups by how recently, how often and for how much they bought; or how they moved between groups."""
    found = run.shop().members_rfm(
        stores=store or (), day=day or None, since=since or None, window=window, bands=bands or None, by_store=by_store,
        basis=basis, currency=currency or None,
    )  # fmt: skip
    return _answer(run, found, out)


def lifecycle(
    run: Run,
    store: Stores = None,
    day: Day = "",
    sleeping: Sleeping = 0,
    lost: Lost = 0,
    keep: Keep = False,
    learn: Learn = False,
    by_store: ByStore = False,
    basis: Basis = "auto",
    currency: Currency = "",
    out: Out = "",
) -> Answer:
    """Buyers by life cycle: new, repeat, active, sleeping, lost, by the store's own gaps between purchases."""
    shop = run.shop()
    if keep or learn:
        limits = (None, None) if learn else (sleeping, lost)
        for name in store or [one.name for one in shop.stores()]:
            shop.members_limits_set(name, *limits)
    found = shop.members_lifecycle(
        stores=store or (), day=day or None, sleeping=sleeping or None, lost=lost or None, by_store=by_store, basis=basis,
        currency=currency or None,
    )  # fmt: skip
    return _answer(run, found, out)


def times(
    run: Run,
    store: Stores = None,
    day: Day = "",
    by_store: ByStore = False,
    basis: Basis = "auto",
    currency: Currency = "",
    out: Out = "",
) -> Answer:
    """Buyers by how often they have bought: once, twice, ... ten times and more, with amounts."""
    found = run.shop().members_times(
        stores=store or (), day=day or None, by_store=by_store, basis=basis, currency=currency or None
    )
    return _answer(run, found, out)


def second(
    run: Run,
    store: Stores = None,
    day: Day = "",
    by: By = "week",
    by_store: ByStore = False,
    basis: Basis = "auto",
    out: Out = "",
) -> Answer:
    """Share of first buyers who have bought again by 30, 60, 90 ... days, with its 80 % interval."""
    found = run.shop().members_second(stores=store or (), day=day or None, by=by, by_store=by_store, basis=basis)
    return _answer(run, found, out)


def repurchase(
    run: Run,
    store: Stores = None,
    day: Day = "",
    ahead: Ahead = 90,
    model: Model = "bgnbd",
    unit: Unit = "day",
    limit: Limit = CUSTOMERS,
    basis: Basis = "auto",
    currency: Currency = "",
    out: Out = "",
) -> Answer:
    """Who will buy again and for how much, with the model's back-test beside a naive rival."""
    found = run.shop().members_repurchase(
        stores=store or (), day=day or None, ahead=ahead, model=model, unit=unit, basis=basis,
        currency=currency or None,
    )  # fmt: skip
    data = found.as_dict(run.words.language, limit)
    if out:
        from goldloop.metrics.members.repurchase import CUSTOMERS as COLUMNS

        about = {name: value for name, value in data.items() if name != "customers"}
        _write(out, "repurchase", COLUMNS, found.rows(), about)
        return Answer({"file": out, **about}, lambda screen: screen.line(run.words("file_written", file=out)))
    return Answer(data, lambda screen: _show_repurchase(screen, data))


def pairs(
    run: Run,
    store: Stores = None,
    day: Day = "",
    by: Goods = "product",
    following: Following = False,
    window: Window = 365,
    least: Least = 10,
    limit: Pairs = 200,
    by_store: ByStore = False,
    basis: Basis = "auto",
    out: Out = "",
) -> Answer:
    """Goods bought together in one order, or on the next purchase day: support, confidence, lift, people."""
    found = run.shop().members_pairs(
        stores=store or (), day=day or None, by=by, following=following, window=window, least=least, limit=limit,
        by_store=by_store, basis=basis,
    )  # fmt: skip
    return _answer(run, found, out)


def calendar(
    run: Run,
    store: Stores = None,
    month: Month = "",
    day: Day = "",
    tiers: Tiers = "",
    give: Give = "0.3",
    margin: Margin = "",
    step: Step = "5",
    by_store: ByStore = False,
    basis: Basis = "auto",
    out: Out = "",
) -> Answer:
    """A month's coupons for the new buyers of the month before, and where a store event does most; nothing is sent."""
    found = run.shop().members_calendar(
        month or None, stores=store or (), day=day or None, tiers=tiers or None, give=give, margin=margin or None,
        step=step, by_store=by_store, basis=basis,
    )  # fmt: skip
    return _answer(run, found, out)


def _answer(run: Run, found: MemberTable, out: str) -> Answer:
    data = found.as_dict(run.words.language)
    if out:
        _write(out, "members", found.columns, found.rows(), {n: v for n, v in data.items() if n != "rows"})
        return Answer({"file": out, **data}, lambda screen: screen.line(run.words("file_written", file=out)))
    return Answer(data, lambda screen: _show(screen, found, data))


def _write(out: str, name: str, columns: dict[str, str], rows: list[dict[str, Any]], about: dict[str, Any]) -> None:
    list_files.write(Path(out), list_files.chosen("", out, FORMS, otherwise="xlsx", name=name), columns, rows, about)


def _show(screen: Screen, found: MemberTable, data: dict[str, Any]) -> None:
    """One table per store, or one for all, with what its groups mean."""
    words = screen.words
    for block, told in zip(found.blocks, data["stores"], strict=True):
        head = {"store": block.store or ", ".join(found.scope["stores"]), "day": found.scope["day"]}
        if block.why is not None:
            screen.line(f"- {head['store']}: {told['reason']['text']}")
            continue
        cases = f"{block.about.get('cases', 0):,}"
        kind = f"head_{found.what}" if found.what in ("pairs", "next", "calendar") else "head"
        screen.line(words(f"members_{kind}", **head, people=f"{block.people or 0:,}", cases=cases))
        heads, rows = _moves(screen, block) if found.what == "rfm_moves" else _rows(screen, found, block)
        words_at = 2 if found.what in ("pairs", "next") else 1  # columns of names, before those of numbers
        screen.table(heads, rows, right=range(words_at, len(heads)))
        if len(block.rows) > SHOWN:
            screen.line(words("members_more", count=len(block.rows) - SHOWN))
        _show_rule(screen, found.what, block.about)
    for note in data["notes"]:
        screen.line(f"* {note}")


def _rows(screen: Screen, found: MemberTable, block: Block) -> tuple[list[str], list[list[str]]]:
    """Heads and cells on the screen: not the store, and of a curve some days."""
    shown = [name for name in found.columns if name != "store"]
    if found.what == "second":
        shown = ["group", "people", "again", *(f"share_{day}" for day in SHOWN_DAYS)]
    elif found.what in ("pairs", "next"):
        shown = [name for name in shown if name not in ("first_times", "second_times")]
    rows = [
        [_cell(screen, name, found.columns[name], row, block.about) for name in shown] for row in block.rows[:SHOWN]
    ]
    return [screen.words(f"members_{name}") for name in shown], rows


def _moves(screen: Screen, block: Block) -> tuple[list[str], list[list[str]]]:
    """A line per group of the earlier day, a column per group of the later one."""
    from goldloop.core.members.rfm import NAMES

    people = {(row["before"], row["after"]): row["people"] for row in block.rows}
    lines, heads = ([name for name in (*NAMES, "none") if any(pair[end] == name for pair in people)] for end in (0, 1))
    rows = [[_group(screen, i), *(f"{people[i, k]:,}" if (i, k) in people else "" for k in heads)] for i in lines]
    return [screen.words("members_was_is"), *(_group(screen, name) for name in heads)], rows


def _cell(screen: Screen, name: str, unit: str, row: dict[str, Any], about: dict[str, Any]) -> str:
    from decimal import Decimal

    from goldloop.metrics.answer import shown

    value = row[name]
    if name in ("first", "second"):
        return str(value)  # goods, by whatever name
    if name == "with_event":
        return screen.words("members_yes") if value else ""
    if unit == "text":
        return _group(screen, value)
    if value is None:
        return "-"
    if unit == "date":
        return str(value)
    if unit in ("money", "money_per"):
        return f"{Decimal(value):,.2f}" if unit == "money_per" else f"{Decimal(value):,}"
    if name.startswith("share_"):
        return f"{value:.1%} {row[name.replace('share', 'low')]:.1%}..{row[name.replace('share', 'high')]:.1%}"
    return shown(value, unit, about.get("currency"))


def _group(screen: Screen, value: str | None) -> str:
    """The name of a group: our own words in the language, a shop's own as they are."""
    from goldloop.core.members.lifecycle import STATES
    from goldloop.core.members.rfm import NAMES

    if value is None:
        return screen.words("members_all")
    if value == "":
        return screen.words("members_unknown")
    return screen.words(f"members_is_{value}") if value in (*NAMES, *STATES, "none") else value


def _show_rule(screen: Screen, what: str, about: dict[str, Any]) -> None:
    """By which bounds the groups were told apart."""
    words = screen.words
    if "bands" in about:
        bands = about["bands"]
        bounds = {name: " / ".join(map(str, bands[name])) for name in ("recency", "frequency", "amount")}
        screen.line(words(f"members_bands_{bands['by']}", **bounds))
    elif "limits" in about:
        limits = about["limits"]
        screen.line(words(f"members_limits_{limits['by']}", **limits))
    elif "event" in about:
        event = about["event"]
        counts = {name: f"{event[name]:,}" for name in ("people", "at_peak")}
        days = {name: event[name] for name in ("week", "from", "to", "peak")}
        screen.line(words("members_event", **days, **counts))
    elif what in ("second", "pairs", "next"):
        screen.line(words(f"members_{what}_means"))


def _show_repurchase(screen: Screen, data: dict[str, Any]) -> None:
    """Who is expected to come back, the sums, the back-test line by line, and the model."""
    words, scope = screen.words, data["scope"]
    if "reason" in data:
        screen.line(f"- {', '.join(scope['stores'])}: {data['reason']['text']}")
        return
    kind = "bgnbd" if "bgnbd" in data else "mbg"
    model, sums = data[kind], data["expected"]
    screen.line(
        words(
            "members_expected", store=", ".join(scope["stores"]), day=scope["day"], ahead=scope["ahead"],
            people=f"{sums['people']:,}", active=f"{sums['active']:,.0f}", purchases=f"{sums['purchases']:,.0f}",
            value=sums["value"] or "-",
        )
    )  # fmt: skip
    columns = ("buyer", "last", "purchases", "gmv", "active", "expected_purchases", "expected_value", "next")
    rows = [
        [
            one["buyer"][:12], one["last"], one["purchases"], one["gmv"], f"{one['active']:.0%}", f"{one['expected']:.2f}",
            one["value"] or "-", one["next"] or "-",
        ]
        for one in data["customers"]
    ]  # fmt: skip
    screen.table([words(f"members_{name}") for name in columns], rows, right=(2, 3, 4, 5, 6))
    if (test := data["backtest"]) is not None:
        numbers = {name: f"{test[name]:,.0f}" for name in ("people", "expected", "naive", "actual")}
        errors = {name: f"{test[name]:.3f}" for name in ("error", "naive_error")}
        screen.line(words("members_tested", day=test["learned_to"], ahead=test["ahead"], **numbers, **errors))
        heads = ("frequency", "people", "expected", "naive", "actual")
        lines = [[one["frequency"], one["people"], *(f"{one[n]:.3f}" for n in heads[2:])] for one in test["bins"]]
        screen.table([words(f"members_test_{name}") for name in heads], lines, right=range(5))
    numbers = {name: f"{model[name]:.4f}" for name in ("r", "alpha", "a", "b")}
    screen.line(words("members_model", kind=kind, unit=words(f"members_unit_{model['unit']}"), **numbers))
    for note in data["notes"]:
        screen.line(f"* {note}")


COMMANDS = [
    ("members rfm", rfm), ("members lifecycle", lifecycle), ("members times", times), ("members second", second),
    ("members repurchase", repurchase), ("members pairs", pairs), ("members calendar", calendar),
]  # fmt: skip
