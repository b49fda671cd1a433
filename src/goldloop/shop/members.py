"""Questions about buyers: who comes back, and who will."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.metrics.cohorts import Cohorts
    from goldloop.metrics.members.asked import MemberTable
    from goldloop.metrics.members.repurchase import Repurchase


class Members(Opened):
    """Questions about buyers: who comes back, and who will."""

    @at_work
    def cohorts(
        self,
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        stores: str | Sequence[str] = (),
        basis: str = "auto",
        currency: str | None = None,
    ) -> Cohorts:
        """Buyers by the month of their first loaded purchase, and what each month since has seen of them.

        Cohorts begin in the months from `first` on; `last` is the last day that counts (default: all loaded days).
        `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=(), first=first, last=last, by=(), stores=stores, compare=None, where=None, basis=basis,
            new="first-in-data", new_by="buyer", as_of_sale=False, currency=currency, span=self._span,
        )  # fmt: skip
        return questions.cohorts(self._engine(), self.viewer(), request, loaded=self._span())

    @at_work
    def members_rfm(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        since: date | str | None = None,
        window: int = 365,
        bands: str | None = None,
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """Buyers of the `window` days to `day` (default: the last loaded one) by RFM group, or moved `since` an earlier day.

        Scores go by quantiles, or by fixed `bands`: bounds of the scores 2 to 5 as recency/frequency/amount, e.g.
        "180,90,60,30/2,3,4,6/100,200,500,1000" (days, purchase days, major units). `by_store` tells of every store for itself, else a person of several
        stores is one. `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.core.calendar import parse_day
        from goldloop.metrics.members.rfm import rfm

        earlier = parse_day(since) if isinstance(since, str) else since
        return rfm(self._ask(stores, day, by_store, basis), window=window, bands=bands, since=earlier)

    @at_work
    def members_lifecycle(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        sleeping: int | None = None,
        lost: int | None = None,
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """All loaded buyers by life cycle on `day`: new, repeat, active, sleeping, lost.

        `sleeping` and `lost`: days since the last purchase after which she is so; None: from the gaps between purchases.
        """
        from goldloop.metrics.members.lifecycle import lifecycle

        return lifecycle(self._ask(stores, day, by_store, basis), sleeping=sleeping, lost=lost)

    @at_work
    def members_second(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        by: str = "week",
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """Share of first buyers who have bought again by so many days, by `by`: week, product, channel, order_source, region."""
        from goldloop.metrics.members.second import second

        return second(self._ask(stores, day, by_store, basis), by)

    @at_work
    def members_repurchase(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        ahead: int = 90,
        model: str = "bgnbd",
        unit: str = "day",
        basis: str = "auto",
    ) -> Repurchase:
        """Who will buy again within `ahead` days after `day`, by the `model` bgnbd or mbg, with its back-test and rival.

        `unit` (day or week) is that of the model's times. `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.metrics.members.repurchase import repurchase

        return repurchase(self._ask(stores, day, False, basis), ahead=ahead, kind=model, unit=unit)

    @at_work
    def members_pairs(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        by: str = "product",
        window: int = 365,
        least: int = 10,
        limit: int = 200,
        following: bool = False,
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """The strongest pairs of goods in one order; `following`: of a buyer's purchase day and her next one.

        `by`: product, sku, category, brand or a column of the product file; pairs in fewer than `least` orders of the
        `window` days to `day` are not told.
        """
        from goldloop.metrics.members.pairs import pairs

        return pairs(
            self._ask(stores, day, by_store, basis), by=by, window=window, least=least, limit=limit, following_day=following
        )  # fmt: skip

    @at_work
    def members_calendar(
        self,
        month: str | None = None,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        tiers: str | None = None,
        give: str = "0.3",
        margin: str | None = None,
        step: str = "5",
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """The coupon calendar of `month` ("2026-06"; None: that of the day after `day`), from the month before's new buyers.

        `tiers`: bounds of first-order value in major units, as "100,300" (None: thirds); a coupon gives at most the share
        `give` of the gross margin, which is learned or set as `margin`, in steps of `step`. Nothing is sent.
        """
        from goldloop.metrics.members.coupons import calendar

        return calendar(
            self._ask(stores, day, by_store, basis), month=month, tiers=tiers, give=give, margin=margin, step=step
        )
