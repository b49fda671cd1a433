"""Expected net held against final net, store by store, over all days that are final by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.mature import BACK, HORIZON, MINIMUM, WINDOW, Case, Curve, Score, TooLittle, backtest, score
from goldloop.core.money import to_text
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.mature import EPOCH, learn, number
from goldloop.metrics.query import Request, resolve, small_tables
from goldloop.metrics.reader import Reader
from goldloop.metrics.reasons import text

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

SHOWN_AGES = (1, 3, 7, 14, 21, 30, 45)


@dataclass(frozen=True)
class StoreCheck:
    """One store: its curve, the days that were expected at one age and what came of them; or why there is no curve.

    `reason` is a code with its values. Amounts of `cases` are in minor units of the store's currency.
    """

    store: Store
    known: date | None
    curve: Curve | None
    cases: list[Case]
    score: Score | None
    reason: tuple[str, dict[str, Any]] | None

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `goldloop mature --json` carries it: amounts in major units, shares and errors as rates."""
        found: dict[str, Any] = {"store": self.store.name, "currency": self.store.currency}
        if self.reason is not None:
            return found | {"reason": {"code": self.reason[0], "text": text(*self.reason, lang)}}
        assert self.curve is not None
        return found | {
            "known_to": str(self.known),
            "final_age": self.curve.final_age,
            "refunds": round(self.curve.refunds),
            "share_come": {str(age): round(float(self.curve.share[age]), 4) for age in SHOWN_AGES},
            "score": None if self.score is None else asdict(self.score),
            "cases": [self._case(case) for case in self.cases],
        }

    def _case(self, case: Case) -> dict[str, Any]:
        amounts = {n: getattr(case, n) for n in ("so_far", "expected", "low", "high", "final")}
        written = {name: to_text(round(amount), self.store.currency) for name, amount in amounts.items()}
        return {"day": str(EPOCH + timedelta(days=case.day)), **written, "inside": case.inside}


def check(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    *,
    names: Sequence[str] = (),
    known: date | None = None,
    age: int = 7,
    days: int = WINDOW,
) -> list[StoreCheck]:
    """Each store's curve as of day `known` (None: the newest its refunds speak of), and its back-test.

    The last `days` days that are final by then are expected as they were when `age` days old, from what was known at
    that time. Raises `age_bad`, and what every question raises about stores and rights.
    """
    if not 0 <= age < HORIZON:
        raise GoldloopError(
            "age_bad", f"Days cannot be looked at at an age of {age}.", given=age, allowed=f"0..{HORIZON - 1}"
        )
    today = known or EPOCH  # the period is of no consequence: rights and stores are what is checked here
    request = Request(Period(today, today), ("net_expected",), by=("store",), stores=tuple(names), known=known)
    question = resolve(engine, viewer, stores, request)
    reader = Reader(engine, question, small_tables(engine, question))
    dated = {i: known or one.day for i, one in reader.known.items() if one.dated}
    if not dated:
        return [_without(store, None) for store in question.stores.values()]
    first = min(dated.values()) - timedelta(days=HORIZON + days + BACK + WINDOW)
    sales = learn(reader, [question.stores[i] for i in dated], first, max(dated.values()))
    found = []
    for i, store in question.stores.items():
        curve = sales[i].past.curve(number(dated[i])) if i in sales else None
        if not isinstance(curve, Curve):
            found.append(_without(store, (curve or TooLittle(0)) if i in dated else None))
            continue
        cases = backtest(sales[i].past, curve.known, age=age, days=days)
        found.append(StoreCheck(store, dated[i], curve, cases, score(cases), None))
    return found


def _without(store: Store, curve: TooLittle | None) -> StoreCheck:
    reason: tuple[str, dict[str, Any]] = ("refund_days_unknown", {"store": store.name})
    if curve is not None:
        words = {"store": store.name, "refunds": curve.refunds, "minimum": MINIMUM, "days": HORIZON}
        reason = ("refunds_not_enough", words)
    return StoreCheck(store, None, None, [], None, reason)
