"""Who will buy again, how often and for how much: a fitted model, its back-test beside a naive rival, and every customer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from goldloop.core.arrays import array
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.members.backtest import BackTest, backtest
from goldloop.core.members.histories import Floats, Histories, Ints
from goldloop.core.members.repeat import KINDS, LEAST, LEAST_REPEATERS, Repeat, TooFew, fit
from goldloop.core.members.spend import Spend, spend_fit
from goldloop.core.money import exponent
from goldloop.metrics.answer import Note, write
from goldloop.metrics.members.asked import FIGURES, Ask, Columns, Members, Why, reason_of

if TYPE_CHECKING:
    import pyarrow as pa

AHEAD = 90
MOST_AHEAD = 731
UNITS = {"day": 1, "week": 7}
RELATED = 0.3  # correlation of frequency and amount from which on Gamma-Gamma is doubtful
EPOCH = np.datetime64("1970-01-01", "D")
READ = ("purchases", "gmv", "repeat_gmv", "purchases_then", "before")
CUSTOMERS = {
    "buyer": "text", "first": "date", "last": "date", "purchases": "count", "frequency": "count", "recency": "number",
    "age": "number", "gmv": "money", "active": "rate", "expected": "number", "amount": "money", "value": "money",
    "next": "date",
}  # fmt: skip


@dataclass(frozen=True)
class Repurchase:
    """The model of a scope's buyers on its last day, or `why` there is none.

    `model` in units of `unit` days; `test` is its back-test (None: too little was known back then); `spend` what a purchase
    is worth, in minor units (None: too few came back with an amount). Of every buyer, in the same order: `keys`, `columns`
    (days as day numbers), `active` (chance), `expected` purchases in the `ahead` days after, their `value` in minor units
    (nan where unknown).
    """

    until: date
    ahead: int
    unit: str
    currency: str
    model: Repeat | None
    test: BackTest | None
    spend: Spend | None
    keys: pa.ChunkedArray
    columns: Columns
    scope: dict[str, Any]
    notes: tuple[Note, ...]
    why: Why | None
    sql: str

    @cached_property
    def _told(self) -> dict[str, Floats]:
        """What the model says of every buyer."""
        assert self.model is not None
        step = UNITS[self.unit]
        often, since, age = self.columns["frequency"], self.columns["recency"] / step, self.columns["age"] / step
        expected = self.model.expected(self.ahead / step, often, since, age)
        amount = np.full(len(often), np.nan)
        if self.spend is not None:
            spent = self.columns["repeat_gmv"]
            amount = self.spend.mean(np.where(spent > 0, often, 0), spent / np.maximum(often, 1))
        return {
            "active": self.model.active(often, since, age), "expected": expected, "amount": amount,
            "value": expected * amount, "next": self.model.next_in(often, age) * step,
        }  # fmt: skip

    def rows(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Customers by the value expected of them (else by expected purchases), the most first; amounts in major units."""
        if self.model is None:
            return []
        told, own = self._told, self.columns
        worth = told["value"] if self.spend is not None else told["expected"]
        order = np.argsort(-np.nan_to_num(worth), kind="stable")[:limit]
        keys = self.keys.take(order).to_pylist()
        return [self._row(key, int(k), told, own) for key, k in zip(keys, order, strict=True)]

    def _row(self, key: str, k: int, told: dict[str, Floats], own: Columns) -> dict[str, Any]:
        step, far = UNITS[self.unit], told["next"][k] > MOST_AHEAD
        return {
            "buyer": key,
            "first": str(EPOCH + own["first"][k]),
            "last": str(EPOCH + own["latest"][k]),
            "purchases": int(own["purchases"][k]),
            "frequency": int(own["frequency"][k]),
            "recency": float(own["recency"][k] / step),
            "age": float(own["age"][k] / step),
            "gmv": write(int(own["gmv"][k]), "money", self.currency),
            "active": float(told["active"][k]),
            "expected": float(told["expected"][k]),
            "amount": self._money(told["amount"][k]),
            "value": self._money(told["value"][k]),
            "next": None if far else str(self.until + timedelta(days=max(1, round(float(told["next"][k]))))),
        }

    def _money(self, value: float) -> Any:
        return None if np.isnan(value) else write(round(value), "money", self.currency)

    def as_dict(self, lang: str = "en", limit: int | None = None) -> dict[str, Any]:
        """As `goldloop members repurchase --json` prints it, with the `limit` customers most is expected of."""
        about = {"scope": self.scope, "notes": [note.text(lang) for note in self.notes]}
        if self.model is None:
            return {**about, **reason_of(self.why, lang)}
        model, told, spend = self.model, self._told, self.spend
        gamma = None
        if spend is not None:
            places = 10 ** exponent(self.currency)
            gamma = {
                "p": spend.p,
                "q": spend.q,
                "v": spend.v / places,
                "people": spend.people,
                "correlation": spend.correlation,
            }
        return {
            model.kind: {
                "r": model.r, "alpha": model.alpha, "a": model.a, "b": model.b, "log_likelihood": model.log_likelihood,
                "unit": self.unit, "people": model.people,
            },
            "gamma_gamma": gamma,
            "backtest": self._test(),
            "expected": {
                "people": model.people, "active": float(told["active"].sum()), "purchases": float(told["expected"].sum()),
                "value": None if spend is None else self._money(float(told["value"].sum())),
            },
            "customers": self.rows(limit),
            **about,
        }  # fmt: skip

    def _test(self) -> dict[str, Any] | None:
        if self.test is None:
            return None
        then = self.until - timedelta(days=self.ahead)
        return {"learned_to": str(then), **asdict(self.test), "ahead": self.ahead}


def repurchase(ask: Ask, *, ahead: int = AHEAD, kind: str = "bgnbd", unit: str = "day") -> Repurchase:
    """The repurchase model of all buyers in scope on the asked day, for the `ahead` days after it.

    Its back-test is learned up to `ahead` days before that day. `unit` (day or week) is that of the model's times: it
    changes how parameters read, and no prediction. Raises `members_kind`, `members_unit`, `members_ahead`.
    """
    _check(ahead, kind, unit)
    then = ask.until - timedelta(days=ahead)
    members = Members(ask, ask.history, FIGURES, beside=Period(then - timedelta(days=ahead - 1), then))
    table = members.table("repurchase_rows", READ, ("buyer_key", '"first"', "latest", "latest_then"))
    told = [name for name in table.column_names if name != "buyer_key"]
    # Rows come in any order, and the order of sums decides the last digits of what is fitted.
    table = table.sort_by([(name, "ascending") for name in told])
    columns = {name: array(table.column(name)) for name in told}
    now = _histories(columns, ask.until)
    step = UNITS[unit]
    why = members.unknown(members.groups()[0][1])
    model = fit(Histories.of(now["frequency"], now["recency"] / step, now["age"] / step), kind) if why is None else None
    if isinstance(model, TooFew):
        numbers = {
            "people": model.people,
            "repeaters": model.repeaters,
            "least": LEAST,
            "least_repeaters": LEAST_REPEATERS,
        }
        model, why = None, ("members_model_few", numbers)
    test = spend = None
    if model is not None:
        test = _test(columns, then, ahead, step, kind)
        came = np.maximum(now["frequency"], 1)
        spend = spend_fit(now["frequency"], columns["repeat_gmv"] / came)
    return Repurchase(
        until=ask.until, ahead=ahead, unit=unit, currency=members.currency(None), model=model, test=test, spend=spend,
        keys=table.column("buyer_key"), columns=columns | now, scope=members.scope(ahead=ahead),
        notes=(*members.notes(), *_notes(model, test, spend)), why=why, sql=members.reader.script(),
    )  # fmt: skip


def _check(ahead: int, kind: str, unit: str) -> None:
    if unit not in UNITS:
        raise GoldloopError(
            "members_unit", f"'{unit}' is no unit of time here.", given=unit, allowed=tuple(UNITS), unit=unit
        )
    if kind not in KINDS:
        raise GoldloopError("members_kind", f"'{kind}' is no repurchase model.", given=kind, allowed=KINDS, kind=kind)
    if not 1 <= ahead <= MOST_AHEAD:
        raise GoldloopError(
            "members_ahead", "That many days cannot be looked ahead.", given=ahead, allowed=f"1..{MOST_AHEAD}"
        )


def _days(values: Any) -> Ints:
    """Dates as day numbers."""
    return np.asarray(values, "datetime64[D]").astype(np.int64)


def _histories(columns: Columns, until: date) -> Columns:
    first, latest = _days(columns["first"]), _days(columns["latest"])
    end = int((np.datetime64(until, "D") - EPOCH).astype(np.int64))
    frequency = columns["purchases"] - 1
    return {"first": first, "latest": latest, "frequency": frequency, "recency": latest - first, "age": end - first}


def _test(columns: Columns, then: date, ahead: int, step: int, kind: str) -> BackTest | None:
    """The back-test over those who had bought by then."""
    old = columns["purchases_then"] > 0
    if not old.any():
        return None
    bought = columns["purchases_then"][old]
    known = _histories(
        {"first": columns["first"][old], "latest": columns["latest_then"][old], "purchases": bought}, then
    )
    found = backtest(
        known["frequency"], known["recency"] / step, known["age"] / step, columns["before"][old],
        columns["purchases"][old] - bought, ahead / step, kind,
    )  # fmt: skip
    return None if isinstance(found, TooFew) else found


def _notes(model: Repeat | None, test: BackTest | None, spend: Spend | None) -> list[Note]:
    found = []
    if model is not None and model.at_edge:
        found.append(Note("members_edge", {}))
    if model is not None and test is None:
        found.append(Note("members_untested", {}))
    if spend is not None and abs(spend.correlation) > RELATED:
        found.append(Note("members_related", {"correlation": f"{spend.correlation:.2f}"}))
    return found
