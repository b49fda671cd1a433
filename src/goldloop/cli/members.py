"""`goldloop members`: RFM groups, life cycle, second purchases, joining, preferences, and who will buy again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files, members_screen
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Basis, Currency, Out, Stores

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import MemberTable

FORMS = ("table", "csv", "json", "xlsx")
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
Taken = Annotated[
    str,
    typer.Option(
        "--goods",
        metavar="product|sku|category|brand|COLUMN",
        help="What was taken on the first, second, ... purchase.",
    ),
]
SoFar = Annotated[
    bool, typer.Option("--so-far", help="All that buyers of so many purchases took, not what one purchase held.")
]
Each = Annotated[int, typer.Option("--limit", min=0, help="How many goods to tell of each number of purchases.")]
Following = Annotated[
    bool, typer.Option("--next", help="What is bought on the next purchase day, not in the same order.")
]
Least = Annotated[int, typer.Option("--least", metavar="CASES", help="Smallest sample: rarer pairs are not told.")]
Pairs = Annotated[int, typer.Option("--limit", min=0, help="How many pairs to tell.")]
Sure = Annotated[str, typer.Option("--sure", metavar="SHARE", help="Smallest confidence of a rule, 0 to 1.")]
Left = Annotated[int, typer.Option("--left", metavar="GOODS", help="Goods on the left of a rule, at most (1 to 5).")]
Rules = Annotated[int, typer.Option("--limit", min=0, help="How many rules to tell.")]
Liked = Annotated[
    str,
    typer.Option("--by", metavar="category|price_band|brand|product|sku|COLUMN", help="How goods are told apart."),
]
Of = Annotated[
    str,
    typer.Option("--segment", metavar="WORDS|NAME", help="Only these buyers, beside what is usual for all of them."),
]
Person = Annotated[str, typer.Option("--person", metavar="ID", help="Only this member, in each store for itself.")]
Values = Annotated[int, typer.Option("--limit", min=0, help="How many values to tell.")]
Grain = Annotated[str, typer.Option("--by", metavar="week|month", help="Weeks or months of joining.")]
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
    goods: Taken = "",
    so_far: SoFar = False,
    limit: Each = 10,
    by_store: ByStore = False,
    basis: Basis = "auto",
    currency: Currency = "",
    out: Out = "",
) -> Answer:
    """Buyers by how often they have bought: once, twice, ... ten times and more, with amounts; or the goods of each purchase."""
    asked = run.shop()
    if goods or so_far:
        found = asked.members_times_goods(
            by=goods or "product", so_far=so_far, limit=limit, stores=store or (), day=day or None, by_store=by_store,
            basis=basis, currency=currency or None,
        )  # fmt: skip
        return _answer(run, found, out)
    found = asked.members_times(
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
    return Answer(data, lambda screen: members_screen.repurchase(screen, data))


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


def rules(
    run: Run,
    store: Stores = None,
    day: Day = "",
    by: Goods = "product",
    window: Window = 365,
    least: Least = 10,
    sure: Sure = "0.5",
    left: Left = 2,
    limit: Rules = 200,
    by_store: ByStore = False,
    basis: Basis = "auto",
    out: Out = "",
) -> Answer:
    """Basket rules: who has some goods in one order has one more, too: support, confidence with its interval, lift."""
    found = run.shop().members_rules(
        stores=store or (), day=day or None, by=by, window=window, least=least, sure=sure, left=left, limit=limit,
        by_store=by_store, basis=basis,
    )  # fmt: skip
    return _answer(run, found, out)


def preference(
    run: Run,
    store: Stores = None,
    day: Day = "",
    by: Liked = "category",
    segment: Of = "",
    person: Person = "",
    window: Window = 365,
    limit: Values = 50,
    by_store: ByStore = False,
    basis: Basis = "auto",
    currency: Currency = "",
    out: Out = "",
) -> Answer:
    """Which prices or categories buyers take: shares of people, orders and gmv, of a segment or one member beside all."""
    shop = run.shop()
    if person:
        return _answer(run, shop.member_preference(person, by=by, window=window, day=day or None), out)
    found = shop.members_preference(
        by=by, segment=segment, stores=store or (), day=day or None, window=window, limit=limit,
        by_store=by_store, basis=basis, currency=currency or None,
    )  # fmt: skip
    return _answer(run, found, out)


def joined(
    run: Run,
    store: Stores = None,
    day: Day = "",
    by: Grain = "week",
    by_store: ByStore = False,
    basis: Basis = "auto",
    out: Out = "",
) -> Answer:
    """Members by when they joined the programme, apart from buyers: who had bought before, and who has bought since."""
    found = run.shop().members_joined(stores=store or (), day=day or None, by=by, by_store=by_store, basis=basis)
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
    return Answer(data, lambda screen: members_screen.table(screen, found, data))


def _write(out: str, name: str, columns: dict[str, str], rows: list[dict[str, Any]], about: dict[str, Any]) -> None:
    list_files.write(Path(out), list_files.chosen("", out, FORMS, otherwise="xlsx", name=name), columns, rows, about)


COMMANDS = [
    ("members rfm", rfm), ("members lifecycle", lifecycle), ("members times", times), ("members second", second),
    ("members repurchase", repurchase), ("members pairs", pairs), ("members rules", rules),
    ("members preference", preference), ("members joined", joined), ("members calendar", calendar),
]  # fmt: skip
