"""The one query path: figures x scope x cut x comparison, asked with a viewer, answered from one version of the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from goldloop.core import calendar
from goldloop.core.calendar import Bucket, Period
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent, to_text
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics import cuts as cut_module
from goldloop.metrics.definitions import DEFAULT, figure, parts_of
from goldloop.metrics.known_days import known_days, known_rows
from goldloop.metrics.rates import PLACES, Rates, load_rates, scale_rows
from goldloop.metrics.types import SmallTable

if TYPE_CHECKING:
    from goldloop.core.members.segments import Segment
    from goldloop.metrics.answer import Answer
    from goldloop.metrics.engines.engine import Engine
    from goldloop.metrics.shape import Shape

BASES = ("auto", "platform", "orders")
NEW_RULES = ("platform365", "first-ever", "first-in-data")
NEW_BY = ("buyer", "order")


class QuestionError(GoldloopError):
    """A question that cannot be answered as it was asked."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question.

    `figures`: names (empty: the golden formula); `period`: first and last business day; `by`: up to two cuts, one of
    them a time cut; `stores`: names (empty: all that the viewer may see); `compare`: previous, last-year,
    same-weekday, FROM..TO or None; `where`: (cut, value) pairs - values of one cut are alternatives, cuts must all
    hold; `basis`: auto, platform or orders; `new`: platform365, first-ever or first-in-data; `new_by`: buyer (all
    orders of a new buyer are new) or order (only her first one); `as_of_sale`: product attributes as on the day of
    sale; `currency`: what all amounts are converted into, None leaves them as they are; `known`: the day up to which
    refunds of orders count, None: all; `same_age`: on the compared side only those that had come when it was as old;
    `as_old_as`: the period whose age the asked one takes for the same purpose, where both sides are asked apart.
    """

    period: Period
    figures: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    compare: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    basis: str = "auto"
    new: str = "platform365"
    new_by: str = "buyer"
    as_of_sale: bool = False
    currency: str | None = None
    known: date | None = None
    same_age: bool = False
    as_old_as: calendar.Period | None = None


@dataclass(frozen=True)
class Question:
    """A request that was checked and resolved: what the assembly and the engine work with."""

    request: Request
    figures: tuple[str, ...]
    parts: frozenset[str]
    grain: calendar.Grain | None
    shape: Shape
    stores: dict[int, Store]
    buckets: list[Bucket]
    compared: list[Period]
    wanted: list[list[str]]  # values of each filter, in the shape's order
    viewer: Viewer
    rates: Rates | None = None  # of a converted answer, whose stores all count in the target currency
    own_currencies: tuple[tuple[int, str], ...] = ()  # (store, its currency) before that
    segment: Segment | None = None  # whose people's orders are asked for

    def engine(self, engine: Engine) -> Engine:
        """The engine that answers this question: amounts in one currency where it asks so."""
        return engine if self.rates is None else engine.converting(self.rates)

    def minor(self, amount: int | Decimal) -> int | Decimal:
        """An engine's amount in minor units: itself, or the exact value of 10^-8 units of a converted one."""
        return amount if self.rates is None else Decimal(amount).scaleb(exponent(self.rates.into) - PLACES)

    def money_text(self, amount: int, currency: str) -> str:
        """An engine's amount as text in major units."""
        return to_text(int(self.minor(amount)), currency)

    @property
    def by_whole_store(self) -> bool:
        """Whether rows are whole stores (or groups of them), so that the platform's shop rows can answer."""
        return set(self.shape.cuts) <= {"store", "platform", "currency"} and not self.shape.wheres


def figures(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    request: Request,
) -> Answer:
    """Answer one request from one version of the lake.

    `stores` are all published stores; the viewer decides which of them exist for this reader. Raises `QuestionError` with codes figure_unknown, cut_unknown,
    store_unknown, mixed_currency, basis_unknown, new_unknown, too_many_cuts.
    """
    from goldloop.metrics.assemble import Assembly

    question = resolve(engine, viewer, stores, request)
    engine = question.engine(engine)
    return Assembly(engine, question, small_tables(engine, question)).answer()


def resolve(engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request) -> Question:
    """Check a request against definitions, cuts and rights; everything unknown is an error that says what is allowed."""
    from goldloop.metrics.shape import Shape

    names = request.figures or DEFAULT
    _check_words(request, names)
    attributes = visible_attributes(engine, viewer)
    grain, cuts = _cuts(request, attributes)
    wheres = _wheres(request, attributes)
    chosen = _stores(viewer, stores, request.stores, wheres)
    for name in names:
        viewer.check_visible(name, chosen)
    buckets = calendar.buckets(request.period, grain)
    compared = _compared(request.compare, buckets, grain)
    shape = Shape(
        cuts=cuts,
        wheres=tuple(sorted(wheres)),
        as_of_sale=request.as_of_sale,
        new_by_order=request.new_by == "order",
        converted=request.currency is not None,
        known=request.known is not None or request.same_age or request.as_old_as is not None,
    )
    rates, own = None, tuple((s.id, s.currency) for s in chosen.values())
    if request.currency is None:
        _check_currency(chosen, shape)
    else:
        periods = [*(b.period for b in buckets), *compared]
        rates = load_rates(engine, _currency(request.currency), {s.currency for s in chosen.values()}, periods)
        chosen = {i: replace(s, currency=rates.into) for i, s in chosen.items()}
    return Question(
        request=request,
        figures=tuple(dict.fromkeys(names)),
        parts=parts_of(names),
        grain=grain,
        shape=shape,
        stores=chosen,
        buckets=buckets,
        compared=compared,
        wanted=[wheres[name] for name in sorted(wheres)],
        rates=rates,
        own_currencies=own,
        viewer=viewer,
        segment=_segment(engine, viewer, wheres.get("segment", ())),
    )


def _check_words(request: Request, names: Sequence[str]) -> None:
    """Raise for a figure or a choice that there is not, and for choices that mean nothing together."""
    for name in names:
        figure(name)
    _one_of("basis_unknown", "basis", request.basis, BASES)
    _one_of("new_unknown", "definition of new", request.new, NEW_RULES)
    _one_of("new_by_unknown", "way to count new", request.new_by, NEW_BY)
    if request.same_age and request.compare is None:
        raise same_age_alone()


def same_age_alone() -> QuestionError:
    """What is said where the same age is asked for and nothing is compared with earlier days."""
    return QuestionError(
        "same_age_alone",
        "Without a comparison there is nothing of the same age.",
        todo="--compare previous --same-age",
    )


def _cuts(request: Request, attributes: frozenset[str]) -> tuple[calendar.Grain | None, tuple[str, ...]]:
    """The time cut of the answer and the other ones; raises `cut_unknown` or `too_many_cuts`."""
    by = [cut_module.cut(name, attributes) for name in request.by]
    times = [c.name for c in by if c.level == "time"]
    if len(by) > 2 or len(times) > 1 or len({c.name for c in by}) != len(by):
        raise QuestionError(
            "too_many_cuts",
            "At most two different cuts at once, one of them a time cut.",
            given=",".join(request.by),
            allowed="for example month,store or store,product",
        )
    if cut_module.FILTERS_ONLY & set(request.by):
        raise QuestionError(
            "segment_by", "Segments overlap, so figures are filtered by one, not split.", given=",".join(request.by),
            todo="--where segment=NAME",
        )  # fmt: skip
    others = tuple(c.name for c in by if c.level != "time")
    return cast("calendar.Grain", times[0]) if times else None, others


def _wheres(request: Request, attributes: frozenset[str]) -> dict[str, list[str]]:
    """Cut -> values that are kept; raises `cut_unknown` or `where_time`."""
    found: dict[str, list[str]] = {}
    for name, value in request.where:
        cut_module.cut(name, attributes)
        if name in cut_module.TIME_CUTS:
            raise QuestionError(
                "where_time", "Days are chosen with --from and --to, not with --where.", given=f"{name}={value}"
            )
        found.setdefault(name, []).append(value)
    return found


def _segment(engine: Engine, viewer: Viewer, names: Sequence[str]) -> Segment | None:
    """The segment of these names, any of them holding; raises `segment_unknown`."""
    if not names:
        return None
    from goldloop.core.members.segments import Joined

    assert engine.saved is not None
    found = tuple(engine.saved.segment(viewer, name) for name in dict.fromkeys(names))
    return found[0] if len(found) == 1 else Joined("or", found)


def _one_of(code: str, what: str, given: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise QuestionError(code, f"'{given}' is no {what}.", given=given, allowed=allowed, what=what)


def _stores(
    viewer: Viewer, stores: Mapping[int, Store], names: Sequence[str], wheres: dict[str, list[str]]
) -> dict[int, Store]:
    """The stores of the scope. A store outside the viewer's rights is the same as one that does not exist."""
    visible = {s.id: s for s in stores.values() if viewer.may_see(s.id)}
    by_name = {s.name: s for s in visible.values()}
    for name in [*names, *wheres.get("store", [])]:
        if name not in by_name:
            raise QuestionError(
                "store_unknown",
                f"There is no store '{name}'.",
                given=name,
                allowed=sorted(by_name),
                todo="goldloop store list",
                name=name,
            )
    chosen = {by_name[n].id: by_name[n] for n in names} if names else visible
    for cut, field in (("store", "name"), ("platform", "platform"), ("currency", "currency")):
        if cut in wheres:
            values = wheres.pop(cut)
            chosen = {i: s for i, s in chosen.items() if getattr(s, field) in values}
    if not chosen:
        raise QuestionError(
            "scope_empty",
            "No store is in this scope.",
            allowed=sorted(by_name),
            todo="goldloop store add NAME --platform ... or other --store / --where",
        )
    return dict(sorted(chosen.items()))


def _check_currency(stores: Mapping[int, Store], shape: Shape) -> None:
    currencies = sorted({s.currency for s in stores.values()})
    if len(currencies) > 1 and not {"store", "currency"} & set(shape.cuts):
        raise QuestionError(
            "mixed_currency",
            f"Amounts in {', '.join(currencies)} cannot be added without dated exchange rates.",
            given=[f"{s.name} ({s.currency})" for s in stores.values()],
            allowed=currencies,
            todo=f"--by currency, --where currency={currencies[0]}, or with rates loaded --currency {currencies[0]}",
            currencies=", ".join(currencies),
        )


def _currency(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise QuestionError(
            "currency_bad", f"'{code}' is no currency code.", given=code, allowed="ISO 4217, such as CNY", currency=code
        )
    return code.upper()


def _compared(how: str | None, buckets: list[Bucket], grain: str | None) -> list[Period]:
    if how is None:
        return []
    if how in calendar.COMPARISONS:
        return [calendar.compared(b.period, how, grain) for b in buckets]  # type: ignore[arg-type]
    try:
        period = calendar.parse_period(how)
    except calendar.PeriodError:
        raise QuestionError(
            "compare_unknown",
            f"'{how}' is no comparison.",
            given=how,
            allowed=[*calendar.COMPARISONS, "FROM..TO"],
            how=how,
        ) from None
    others = calendar.buckets(period, grain)  # type: ignore[arg-type]
    return [b.period for b in others[: len(buckets)]]


def visible_attributes(engine: Engine, viewer: Viewer) -> frozenset[str]:
    """Columns of the loaded product files that a viewer may cut by."""
    known = known_attributes(engine)
    return frozenset(name for name in known if not cut_module.tells_cost(name)) if viewer.hides("cost") else known


def known_attributes(engine: Engine) -> frozenset[str]:
    """Columns of the product files that are loaded."""
    if not engine.snapshot.files("facts/product_attributes"):
        return frozenset()
    return frozenset(row[0] for row in engine.run_once('SELECT DISTINCT attribute FROM "product_attributes"', {}).rows)


COMPARED_FROM = 1_000_000  # buckets of the compared side are numbered from here


def small_tables(engine: Engine, question: Question) -> dict[str, SmallTable]:
    """The rows that carry the question's values: scope, buckets, filters, bands and day types."""
    stores = list(question.stores.values())
    numbered = [
        *((i, b.period) for i, b in enumerate(question.buckets)),
        *((COMPARED_FROM + i, p) for i, p in enumerate(question.compared)),
    ]
    tables: dict[str, SmallTable] = {
        "scope": [(s.id, s.name, s.platform, s.currency, 10 ** exponent(s.currency)) for s in stores],
        "buckets": bucket_table(numbered, new=question.request.new),
        "bands": price_bands({s.currency for s in stores}, None if question.rates is None else PLACES),
        "day_types": [],
        "scales": [],
    }
    if question.rates is not None and "cogs" in question.parts:
        tables["scales"] = scale_rows(question.rates, question.own_currencies, [p for _, p in numbered])
    if "day_type" in question.shape.names:
        phases = calendar_events.store_phases(engine, question.stores)
        tables["day_types"] = calendar_events.day_types(phases, [p for _, p in numbered])
    if question.shape.known:
        tables["knowns"] = known_table(engine, question)
    for i, values in enumerate(question.wanted):
        tables[f"where_{i}"] = [(v,) for v in values]
    if question.segment is not None:
        from goldloop.metrics.members.segments import people_of

        tables["people"] = people_of(engine, question)
    return tables


def known_table(engine: Engine, question: Question) -> SmallTable:
    """Rows of `knowns`: per bucket and store the day up to which refunds count, and the first day that may still be open."""
    against = question.request.same_age
    sides = [
        *((i, b.period, question.request.as_old_as) for i, b in enumerate(question.buckets)),
        *(
            (COMPARED_FROM + i, p, question.buckets[i].period if against else None)
            for i, p in enumerate(question.compared)
        ),
    ]
    return known_rows(known_days(engine, question.stores), sides, asked=question.request.known)


def bucket_table(numbered: Sequence[tuple[int, Period]], *, new: str) -> SmallTable:
    """One row per bucket: its ends, and the day before which an earlier purchase no longer makes a buyer old."""
    rule = 0 if new == "platform365" else 1
    return [(n, p.first, p.last, p.first - timedelta(days=365), rule) for n, p in numbered]


def price_bands(currencies: set[str], places: int | None = None) -> SmallTable:
    """Rows of `bands`: bounds of the paid unit price by currency, in minor units or in 10^-places."""
    rows: list[tuple[str, int, int, str]] = []
    for currency in sorted(currencies):
        bounds = cut_module.PRICE_BOUNDS.get(currency, cut_module.DEFAULT_BOUNDS)
        scale = 10 ** (exponent(currency) if places is None else places)
        for low, high in zip(bounds, [*bounds[1:], None], strict=True):
            label = f"{low}+" if high is None else f"{low}-{high}"
            rows.append((currency, low * scale, 2**50 if high is None else high * scale, label))
    return rows
