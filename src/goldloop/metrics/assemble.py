"""From the engine's parts to the rows of an answer: figures, comparison, order, reasons, scope, notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from goldloop.core.formula import Column, apply
from goldloop.metrics import immature, sale_amounts, source_periods
from goldloop.metrics.answer import Answer, Columns, Note, Reason
from goldloop.metrics.cell_rows import CellRows
from goldloop.metrics.cut_words import cut_name
from goldloop.metrics.definitions import FIGURES, closure
from goldloop.metrics.part_names import COST_PARTS, MATURE_PARTS
from goldloop.metrics.query import Question
from goldloop.metrics.rates import PLACES
from goldloop.metrics.reader import Key, Reader
from goldloop.metrics.rows import Rows, Scope
from goldloop.metrics.source_words import window_words
from goldloop.metrics.types import SmallTable
from goldloop.metrics.whole_rows import WholeRows

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine
    from goldloop.metrics.mature import Maturity

NOT_NAMED = ("not named", "未注明")
NATURAL_CUTS = frozenset({"weekday", "hour", "price_band"})  # in their own order, not by size


class Assembly:
    """One answer in the making."""

    def __init__(self, engine: Engine, question: Question, tables: dict[str, SmallTable]) -> None:
        self.q = question
        self.reader = Reader(engine, question, tables)

    def answer(self) -> Answer:
        """All rows, compared where asked, with reasons, scope, data state and notes."""
        rows = WholeRows(self.reader).rows() if self.q.by_whole_store else self._cells.rows()
        immature.withhold(self.reader, rows)
        if self.maturity is not None:
            self.maturity.fill(rows)
        rows.complete()
        values = evaluate(self.q.figures, rows)
        order = self._order(rows, values)
        current, *before = ([side[at] for at in order] for side in rows.sides)
        of_scope = [_currency(scope) for scope in rows.scopes]
        return Answer(
            cuts=self.q.request.by,
            figures=self.q.figures,
            columns=self._columns(
                [rows.keys[at] for at in order], *(self._taken(values, one) for one in (current, *before))
            ),
            currencies=[of_scope[rows.scope[place]] for place in current],
            reasons=self._reasons(rows, values, current),
            scope=self._scope(),
            data=self._data(rows, current),
            notes=self._notes(rows, current),
            script=self.reader.script,
            ways=self.reader.ways,
            places=6 if self.q.rates is None else PLACES,
        )

    @cached_property
    def _cells(self) -> CellRows:
        return CellRows(self.reader)

    @cached_property
    def maturity(self) -> Maturity | None:
        """The refunds still to come of this question; None where no figure needs them."""
        if not self.reader.wants(MATURE_PARTS):
            return None
        from goldloop.metrics.mature import Maturity

        return Maturity(self.reader)

    def _taken(self, values: Mapping[str, list[Any]], places: Sequence[int]) -> dict[str, list[Any]]:
        """The figures of some rows, with money in minor units, where the engine counted it in smaller ones."""
        found: dict[str, list[Any]] = {}
        for name in self.q.figures:
            column = values[name]
            found[name] = [column[place] for place in places]
            if self.q.rates is not None and unit_of(name).startswith("money"):
                found[name] = [None if v is None else self.q.minor(v) for v in found[name]]
        return found

    def _columns(
        self, keys: list[Key], values: dict[str, list[Any]], before: dict[str, list[Any]] | None = None
    ) -> Columns:
        columns: dict[str, list[Any] | Callable[[], list[Any]]] = {}
        for name in self.q.request.by:
            columns[name] = self._labels(keys, name)
        for name in self.q.figures:
            columns[name] = values[name]
            if before is not None:
                both = values[name], before[name]
                columns[f"{name}__compared"] = before[name]
                columns[f"{name}__change"] = partial(_by_row, _change, *both)
                columns[f"{name}__change_rate"] = partial(_by_row, _change_rate, *both)
        return Columns(columns)

    def _labels(self, keys: Sequence[Key], name: str) -> list[Any]:
        if name == self.q.grain:
            labels = [bucket.label for bucket in self.q.buckets]
            return [labels[key[0]] for key in keys]
        place = 1 + self.q.shape.cuts.index(name)
        return [key[place] for key in keys]

    def _order(self, rows: Rows, values: dict[str, Column]) -> list[int]:
        """Keys of rows by time first, then the largest first figure, ties by the cut's own text."""
        if not self.q.shape.cuts:
            return list(range(len(rows.keys)))
        first = self.q.request.figures[0] if self.q.request.figures else "gmv"
        natural = set(self.q.shape.cuts) <= NATURAL_CUTS
        sizes = [None] * len(rows.keys) if natural else [values[first][place] for place in rows.sides[0]]
        indexes, *words = zip(*rows.keys, strict=True) if rows.keys else ((),)
        columns = (
            indexes,
            [not natural and size is None for size in sizes],
            [0 if size is None else -size for size in sizes],
            *map(_places_of_words, words),
        )
        return sorted(range(len(rows.keys)), key=list(zip(*columns, strict=True)).__getitem__)

    def _reasons(self, rows: Rows, values: dict[str, Column], current: Sequence[int]) -> list[Reason]:
        return [
            Reason(i, name, *_why(name, rows, values, place))
            for name in self.q.figures
            if None in values[name]
            for i, place in enumerate(current)
            if values[name][place] is None
        ]

    def _scope(self) -> dict[str, Any]:
        stores, request = list(self.q.stores.values()), self.q.request
        currencies = sorted({s.currency for s in stores})
        return {
            "stores": [s.name for s in stores],
            "from": str(request.period.first),
            "to": str(request.period.last),
            "compare": request.compare,
            "compared": [str(p) for p in self.q.compared],
            "by": list(request.by),
            "where": [f"{c}={v}" for c, v in request.where],
            "basis": request.basis,
            "new": request.new,
            "new_by": request.new_by,
            "business_day": sorted({f"{s.day_starts // 60:02d}:{s.day_starts % 60:02d} {s.timezone}" for s in stores}),
            "gmv_amount": sorted({s.gmv_amount for s in stores}),
            "currency": currencies[0] if len(currencies) == 1 else None,
            "currencies": currencies,
        }

    def _data(self, rows: Rows, current: Sequence[int]) -> dict[str, Any]:
        period = self.q.request.period
        feeds = []
        complete: dict[str, dict[str, float]] = {}
        for store in self.q.stores.values():
            for feed, (first, last) in sorted(self.reader.feeds[store.id].spans.items()):
                days = {"first_day": first and str(first), "last_day": last and str(last)}
                feeds.append({"store": store.name, "feed": feed, **days})
                if feed in ("orders", "store_day") and first is not None:
                    inside = (min(last, period.last) - max(first, period.first)).days + 1
                    complete.setdefault(store.name, {})[feed] = round(max(inside, 0) / period.days, 4)
        return {
            "feeds": feeds,
            "completeness": complete,
            "sources": [rows.source[place] for place in current],
            "buyer_basis": [rows.buyer_basis[place] for place in current],
            **({"maturity": self.maturity.beside(rows, current)} if self.maturity is not None else {}),
        }

    def _rate_notes(self) -> list[Note]:
        """For each currency that was converted: the days of the rates that were used, and where they come from."""
        if self.q.rates is None:
            return []
        notes = []
        converted = {currency for _, currency in self.q.own_currencies}
        used = [r for p in [b.period for b in self.q.buckets] + self.q.compared for r in self.q.rates.used(p)]
        for currency in sorted(converted & {r.currency for r in used}):
            mine = [r for r in used if r.currency == currency]
            sources = ", ".join(sorted({r.source for r in mine if r.source})) or NOT_NAMED
            days = {"first": str(min(r.day for r in mine)), "last": str(max(r.day for r in mine))}
            notes.append(
                Note("converted", {"currency": currency, "into": self.q.rates.into, **days, "source": sources})
            )
        return notes

    def _notes(self, rows: Rows, current: Sequence[int]) -> list[Note]:
        notes = self._rate_notes()
        period = self.q.request.period
        for store in self.q.stores.values():
            feeds = self.reader.feeds[store.id]
            first, last = feeds.spans.get("orders", (None, None))
            if not feeds.reaches("orders", period) and not feeds.reaches("store_day", period):
                notes.append(Note("store_left_out", {"store": store.name}))
            if last is not None and period.first <= last < period.last:
                notes.append(Note("loaded_up_to", {"store": store.name, "day": str(last)}))
            if first is not None and period.last >= first > period.first:
                notes.append(Note("loaded_from", {"store": store.name, "day": str(first)}))
        if any(rows.source[place] == "mixed" for place in current):
            notes.append(Note("mixed_root", {}))
        notes += source_periods.notes(self.reader) + ([] if current else self._unanswered())
        notes += sale_amounts.notes(self.reader)
        ads = self.reader.asked("ad_parts").values()
        windows = sorted({p["window_max"] for p in ads if p["window_max"]})
        notes += [Note("ad_window", {"window": window_words(w)}) for w in windows]
        if any(p["whole_store"] for p in ads):
            notes.append(Note("whole_store_ads", {}))
        if self.q.by_whole_store and self.reader.wants(COST_PARTS) and self.reader.costs:
            kinds = ", ".join(sorted({c["kind"] for c in self.reader.costs}))
            notes.append(Note("cost_kinds", {"kinds": kinds}))
        notes += immature.notes(self.reader) + (self.maturity.notes() if self.maturity is not None else [])
        return notes + self._refund_notes(rows, current)

    def _refund_notes(self, rows: Rows, current: Sequence[int]) -> list[Note]:
        """Of how many orders nothing, or only a status, tells what was refunded."""
        if not self.reader.wants({"refunded_gmv"}):
            return []
        known = [place for place in current if rows.part("refunded_gmv", place) is not None]
        unknown = sum(int(rows.part("refund_unknown", place) or 0) for place in known)
        inferred = sum(int(rows.part("refund_inferred", place) or 0) for place in current)
        notes = [Note("refunds_unknown", {"orders": unknown})] if unknown else []
        return notes + ([Note("refunds_inferred", {"orders": inferred})] if inferred else [])

    def _unanswered(self) -> list[Note]:
        """Why there is no row at all: no feed of the asked figures carries the cut."""
        if self.q.by_whole_store or any(parts & self.q.parts for _, parts in self._cells.groups):
            return []
        cuts, names = self.q.shape.names, [name for name in self.q.figures if name in FIGURES]
        called = {"cut": ", ".join(cuts), "cut_zh": "、".join(cut_name(cut, zh=True) for cut in cuts)}
        figures = {"figures": ", ".join(names), "figures_zh": "、".join(FIGURES[name].zh for name in names)}
        return [Note("cut_unknown_to_all", {**called, **figures})]


def unit_of(name: str) -> str:
    """Unit of a figure; parts that are no figures have none."""
    return FIGURES[name].unit if name in FIGURES else ""


def evaluate(names: tuple[str, ...], rows: Rows) -> dict[str, Column]:
    """Every figure (and what it is made of) for every row, unrounded."""
    columns: dict[str, Column] = {}

    def column(name: str) -> Column:
        return columns.get(name) or rows.parts.get(name) or [None] * len(rows)

    for definition in closure(names):
        inputs = definition.rule.inputs
        if definition.rule.kind == "part":
            columns[definition.name] = rows.parts.get(inputs[0]) or [None] * len(rows)
        else:
            columns[definition.name] = apply(definition.rule, [column(n) for n in inputs])
    return columns


def _why(name: str, rows: Rows, values: dict[str, Column], place: int) -> tuple[str, dict[str, Any]]:
    """The first cause of a null: a missing part, else a zero denominator."""
    rule = FIGURES[name].rule if name in FIGURES else None
    if rule is None or rule.kind == "part":
        return rows.why(place, rule.inputs[0] if rule else name)
    for needed in rule.inputs:
        value = values[needed][place] if needed in values else rows.part(needed, place)
        if value is None:
            return _why(needed, rows, values, place)
    return "undefined", {"under": rule.inputs[-1]}


def _by_row(change: Callable[[Any, Any], Any], now: list[Any], before: list[Any]) -> list[Any]:
    return [change(*pair) for pair in zip(now, before, strict=True)]


def _change(now: Any, before: Any) -> Any:
    if now is None or before is None:
        return None
    return now - before


def _change_rate(now: Any, before: Any) -> float | None:
    if now is None or not before:
        return None
    if isinstance(now, int) and isinstance(before, int):
        return (now - before) / abs(before)
    return float((Decimal(now) - Decimal(before)) / abs(Decimal(before)))


def _currency(scope: Scope) -> str | None:
    currencies = {s.currency for s in scope.members}
    return currencies.pop() if len(currencies) == 1 else None


def _places_of_words(words: Sequence[Any]) -> list[int]:
    """The place of each word among all of them in order; what is unknown comes last."""
    ordered = sorted(dict.fromkeys(words), key=lambda word: (word is None, _natural(word)))
    place = {word: at for at, word in enumerate(ordered)}
    return [place[word] for word in words]


def _natural(value: Any) -> tuple[int, str]:
    """Text that starts with a number sorts by it."""
    text = "" if value is None else str(value)
    digits = text.split("-")[0].rstrip("+")
    return (int(digits) if digits.isdigit() else 0, text)
