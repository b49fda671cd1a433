"""Both sides of a comparison: the same question asked of two periods or two stores, from the one query path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from goldloop.core.calendar import COMPARISONS, Period, PeriodError, compared
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.answer import Answer, Reason
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.query import QuestionError, Request, figures, same_age_alone

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

Numbers = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Cells:
    """Figures of every segment on both sides, in one order, and the answers they come from (`right` is the newer)."""

    keys: Sequence[Key]
    before: Sequence[Numbers]
    after: Sequence[Numbers]
    left: Answer
    right: Answer


@dataclass(frozen=True)
class Asking:
    """Who asks what of which lake: `right` is the scope that is explained, `left` what it is compared with.

    `answers` are those of one lake and viewer that are known already; every new one is added.
    """

    engine: Engine
    viewer: Viewer
    stores: Mapping[int, Store]
    left: Request
    right: Request
    answers: dict[Request, Answer] = field(default_factory=dict)

    @property
    def same_stores(self) -> bool:
        """Whether both sides are the same stores at two times, not two stores."""
        return self.left.stores == self.right.stores

    def whole(self, names: Iterable[str]) -> tuple[Answer, Answer]:
        """Figures of the two whole scopes; what cannot be subtracted (two currencies) is refused."""
        left, right = (self.ask(side, names) for side in (self.left, self.right))
        currencies = sorted({str(side.currencies[0]) for side in (left, right)})
        if len(currencies) > 1:
            raise QuestionError(
                "mixed_currency",
                f"Amounts in {', '.join(currencies)} cannot be added without dated exchange rates.",
                given=currencies,
                allowed="one currency",
                todo=f"with rates loaded --currency {currencies[0]}",
                currencies=", ".join(currencies),
            )
        return left, right

    def ask(
        self, side: Request, names: Iterable[str], *, by: tuple[str, ...] = (), against: Period | None = None
    ) -> Answer:
        """Figures of one side, by other cuts; `against` another period."""
        request = replace(
            side, figures=tuple(dict.fromkeys(names)), by=by, compare=None if against is None else str(against),
            same_age=side.same_age and against is not None,
        )  # fmt: skip
        if request not in self.answers:
            self.answers[request] = figures(self.engine, self.viewer, self.stores, request)
        return self.answers[request]

    def cells(self, names: Iterable[str], by: tuple[str, ...]) -> Cells:
        """Figures of all segments; one that is not there on a side has 0 of everything that is counted."""
        names = tuple(names)
        if self.same_stores:
            right = left = self.ask(self.right, names, by=by, against=self.left.period)
            keys, after = _rows(right, "")
            _, before = _rows(right, "__compared")
            return Cells(keys, before, after, left, right)
        left, right = (self.ask(side, names, by=by) for side in (self.left, self.right))
        found = [dict(zip(*_rows(side, ""), strict=True)) for side in (left, right)]
        keys = list(dict.fromkeys((*found[1], *found[0])))
        none = {name: 0 if FIGURES[name].unit in ("money", "count") else None for name in names}
        before, after = ([side.get(key, none) for key in keys] for side in found)
        return Cells(keys, before, after, left, right)


def asking(engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, against: str) -> Asking:
    """Both sides of a question without cuts; `against` previous, last-year, same-weekday, FROM..TO or store:NAME.

    With `same_age` the left side counts refunds up to the age of the right one. Raises `why_against` where `against` is
    none of these, and `same_age_alone` where it is the same days of another store.
    """
    right = replace(request, by=(), compare=None)
    if against.startswith("store:"):
        if right.same_age:
            raise same_age_alone()
        return Asking(engine, viewer, stores, replace(right, stores=(against.removeprefix("store:"),)), right)
    try:
        period = compared(request.period, against, None)
    except PeriodError:
        allowed = [*COMPARISONS, "FROM..TO", "store:NAME"]
        raise QuestionError(
            "why_against", f"'{against}' is nothing to compare with.", given=against, allowed=allowed, against=against
        ) from None
    left = replace(right, period=period, same_age=False, as_old_as=right.period if right.same_age else None)
    return Asking(engine, viewer, stores, left, right)


def reason_of(name: str, *answers: Answer) -> Reason | None:
    """Why the first of the answers that does not know a figure does not; None when all of them know it."""
    return next((reason for answer in answers for reason in answer.reasons if reason.figure == name), None)


def _rows(answer: Answer, suffix: str) -> tuple[list[Key], list[Numbers]]:
    keys: list[Key] = list(zip(*(answer.columns[c] for c in answer.cuts), strict=True))
    columns = [answer.columns[f + suffix] for f in answer.figures]
    return keys, [dict(zip(answer.figures, row, strict=True)) for row in zip(*columns, strict=True)]
