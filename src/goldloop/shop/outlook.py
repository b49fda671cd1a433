"""What is still to come, and what an event brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from decimal import Decimal

    from goldloop.metrics.day_weights import DayWeights
    from goldloop.metrics.event_review import EventReview
    from goldloop.metrics.forecast import FigureForecast
    from goldloop.metrics.mature_check import StoreCheck

Days = tuple[date | str, date | str]


class Outlook(Opened):
    """What is still to come, and what an event brought."""

    @at_work
    def mature(
        self,
        *,
        stores: str | Sequence[str] = (),
        age: int = 7,
        days: int = 365,
        known: date | str | None = None,
    ) -> list[StoreCheck]:
        """How fast refunds of each store come, and expected net held against final net; `.as_dict()` is on each.

        The last `days` days that are final are expected as one would have done when they were `age` days old. `known` is
        the day up to which refunds are taken as known (None: the newest that each store's after-sale rows speak of).
        """
        from goldloop.jobs import questions

        return questions.mature(self._engine(), self.viewer(), stores=stores, age=age, days=days, known=known)

    @at_work
    def forecast(
        self,
        figure: str = "gmv",
        *,
        store: str | None = None,
        first: date | str,
        last: date | str,
        target: Decimal | int | str | None = None,
        known: date | str | None = None,
    ) -> FigureForecast:
        """What a figure of one store will come to from `first` to `last`, with its back-test; with `target` its chance.

        `target` is in major units; `known` the last day that counts as known (None: the last loaded one). Raises
        `store_needed`, `forecast_not_a_sum`, `target_bad`, `forecast_empty`, `forecast_before` or `forecast_far`.
        `.as_dict(lang)` is on the result.
        """
        from goldloop.jobs import questions

        engine, loaded = self._engine(), self._span()
        period = questions.period(first, last, self._span)
        return questions.figure_forecast(
            engine, self.viewer(), self.store(self._one_store(store)),
            figure=figure, period=period, loaded=loaded, target=target, known=known,
        )  # fmt: skip

    @at_work
    def day_weights(self, *, store: str | None = None, first: date | str, last: date | str) -> DayWeights:
        """How a target of one store falls on the days from `first` to `last`, by driver; `.as_dict()` is on the result."""
        from goldloop.jobs import questions

        [found] = self._day_weights([self._one_store(store)], questions.period(first, last, self._span))
        return found

    @at_work
    def event_review(
        self,
        event: str,
        *,
        store: str | None = None,
        year: int | None = None,
        days: Days | None = None,
        figure: str = "gmv",
        products: Sequence[str] = (),
        cost: Decimal | int | str | None = None,
        margin: float = 1.0,
    ) -> EventReview:
        """What an event of one store brought: inside it, waited before, left out after; with cost and margin a verdict.

        `event` as the calendar names it (618, double11, an own one), of `year` or the newest one; `days` are the first
        and last open day of one that no calendar knows. `products` were enrolled, `cost` is in major units. Raises
        `store_needed`, `event_not_in_calendar`, `event_days`, `event_margin`, `event_cost_bad` or `event_no_normal`.
        """
        from goldloop.jobs import questions

        return questions.event_review(
            self._engine(), self.viewer(), self.store(self._one_store(store)), event,
            loaded=self._span(), year=year, days=days, figure=figure, products=products, cost=cost, margin=margin,
        )  # fmt: skip
