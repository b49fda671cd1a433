"""Questions about buyers: who comes back, and who will."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.apps.segments.api import Kept
    from goldloop.metrics.cohorts import Cohorts
    from goldloop.metrics.members.asked import MemberTable
    from goldloop.metrics.members.repurchase import Repurchase
    from goldloop.metrics.members.segments import Counted
    from goldloop.metrics.query import Request


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
        by: str = "month",
    ) -> Cohorts:
        """Buyers by the month (`by` week: the week) of their first loaded purchase, and what each one since has seen of them.

        Cohorts begin in the months from `first` on; `last` is the last day that counts (default: all loaded days).
        `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.jobs import questions

        request = self._cohorts_asked(first, last, stores, basis, currency, by)
        return questions.cohorts(self._engine(), self.viewer(), request, loaded=self._span())

    @at_work
    def cohort_worth(
        self,
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        stores: str | Sequence[str] = (),
        basis: str = "auto",
        currency: str | None = None,
        by: str = "month",
    ) -> tuple[Cohorts, list[dict[str, Any]]]:
        """The cohorts, and of each the ad cost per new person, the margin so far, and after how many months it paid back.

        Margin is gmv x the gross margin of that month's sales; raises `figure_hidden` where it is not to be seen.
        """
        from goldloop.jobs import questions

        request = self._cohorts_asked(first, last, stores, basis, currency, by)
        return questions.cohort_worth(self._engine(), self.viewer(), request, loaded=self._span())

    def _cohorts_asked(
        self,
        first: date | str | None,
        last: date | str | None,
        stores: str | Sequence[str],
        basis: str,
        currency: str | None,
        by: str,
    ) -> Request:
        from goldloop.jobs import questions

        return questions.request(
            names=(), first=first, last=last, by=by, stores=stores, compare=None, where=None, basis=basis,
            new="first-in-data", new_by="buyer", as_of_sale=False, currency=currency, span=self._span,
        )  # fmt: skip

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
        currency: str | None = None,
    ) -> MemberTable:
        """Buyers of the `window` days to `day` (default: the last loaded one) by RFM group, or moved `since` an earlier day.

        Scores go by quantiles, or by fixed `bands`: bounds of the scores 2 to 5 as recency/frequency/amount, e.g.
        "180,90,60,30/2,3,4,6/100,200,500,1000" (days, purchase days, major units). `by_store` tells of every store for itself, else a person of several
        stores is one. `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.core.calendar import parse_day
        from goldloop.metrics.members.rfm import rfm

        earlier = parse_day(since) if isinstance(since, str) else since
        return rfm(self._ask(stores, day, by_store, basis, currency), window=window, bands=bands, since=earlier)

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
        currency: str | None = None,
    ) -> MemberTable:
        """All loaded buyers by life cycle on `day`: new, repeat, active, sleeping, lost.

        `sleeping` and `lost`: days since the last purchase after which she is so; None: from the gaps between purchases.
        """
        from goldloop.metrics.members.lifecycle import lifecycle

        return lifecycle(self._ask(stores, day, by_store, basis, currency), sleeping=sleeping, lost=lost)

    @at_work
    def members_times(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        by_store: bool = False,
        basis: str = "auto",
        currency: str | None = None,
    ) -> MemberTable:
        """All loaded buyers by how often they have bought up to `day`: once, twice, ... ten times and more."""
        from goldloop.metrics.members.times import times

        return times(self._ask(stores, day, by_store, basis, currency))

    @at_work
    def members_times_goods(
        self,
        *,
        by: str = "product",
        so_far: bool = False,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        limit: int = 10,
        by_store: bool = False,
        basis: str = "auto",
        currency: str | None = None,
    ) -> MemberTable:
        """What buyers took most on their first, second ... purchase, with people, share and amount.

        `so_far`: all that those took who have bought once, twice, ... up to `day`. `by` as for `members_pairs`; a number of purchases with fewer
        than 30 people is not told.
        """
        from goldloop.metrics.members.times_goods import times_goods

        return times_goods(self._ask(stores, day, by_store, basis, currency), by=by, so_far=so_far, limit=limit)

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
        currency: str | None = None,
    ) -> Repurchase:
        """Who will buy again within `ahead` days after `day`, by the `model` bgnbd or mbg, with its back-test and rival.

        `unit` (day or week) is that of the model's times. `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.metrics.members.repurchase import repurchase

        return repurchase(self._ask(stores, day, False, basis, currency), ahead=ahead, kind=model, unit=unit)

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
    def members_rules(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        by: str = "product",
        window: int = 365,
        least: int = 10,
        sure: str = "0.5",
        left: int = 2,
        limit: int = 200,
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """Basket rules: who has one to `left` goods (at most 5) in an order has one more in at least the share `sure` of such orders.

        `by`, `window` and `least` as for `members_pairs`. Raises `rules_left`, `rules_many`.
        """
        from goldloop.metrics.members.rules import basket_rules

        asked = self._ask(stores, day, by_store, basis)
        return basket_rules(asked, by=by, window=window, least=least, sure=sure, left=left, limit=limit)

    @at_work
    def members_preference(
        self,
        *,
        by: str = "category",
        segment: str | None = None,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        window: int = 365,
        limit: int = 50,
        by_store: bool = False,
        basis: str = "auto",
        currency: str | None = None,
    ) -> MemberTable:
        """What buyers, or those of a `segment` (in words, or a kept one), took in the `window` days to `day`, beside all buyers' usual share.

        `by`: category, price_band, brand, product, sku or a column of the product file.
        """
        from goldloop.core.members.segment_text import parse
        from goldloop.metrics.members.preference import preference

        who = parse(self.segment_words(segment)) if segment else None
        asked = self._ask(stores, day, by_store, basis, currency)
        return preference(asked, by=by, window=window, segment=who, limit=limit)

    @at_work
    def member_preference(
        self, id: str, *, by: str = "category", window: int = 365, day: date | str | None = None
    ) -> MemberTable:
        """What one member took, by the number that lists show, in each store of the viewer; as `members_preference`."""
        from goldloop.jobs import persons
        from goldloop.metrics.members.preference import preference

        asked = self._ask((), day, True, "orders")
        return preference(asked, by=by, window=window, person=persons.find(asked.engine, asked.viewer, id))

    @at_work
    def members_joined(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        by: str = "week",
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """Members by the week or month (`by`) in which they joined, apart from buyers: who bought before, and who since."""
        from goldloop.metrics.members.joined import joined

        return joined(self._ask(stores, day, by_store, basis), by)

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

    @at_work
    def members_segment(
        self,
        segment: str,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        basis: str = "auto",
    ) -> Counted:
        """How many people a segment has, and what they bought; `segment` in words, as `purchases >= 2 and not last within 60 days`.

        A kept one is asked for by `shop.segment(NAME).text`. `.as_dict()` and `.sql` are on the result; raises
        `segment_expected`, `segment_value`, `segment_number`, `segment_long` or `segment_currencies`.
        """
        from goldloop.core.members.segment_text import parse
        from goldloop.metrics.members.segments import count

        return count(self._ask(stores, day, False, basis), parse(segment))

    @at_work
    def members_people(
        self, segment: str, *, stores: str | Sequence[str] = (), day: date | str | None = None
    ) -> pa.Table:
        """The people of a segment as an Arrow table: store, buyer_key, person."""
        from goldloop.core.members.segment_text import parse
        from goldloop.metrics.members.segments import people

        return people(self._ask(stores, day, False, "auto"), parse(segment))

    @at_work
    def segments(self) -> list[Kept]:
        """The segments that are kept, by name, each in its newest version."""
        from goldloop.apps.segments import api as segments

        return segments.segment_list(viewer=self.viewer())

    @at_work
    def segment(self, name: str) -> Kept:
        """The segment of that name, `NAME@2` in its second version; raises `segment_unknown`."""
        from goldloop.apps.segments import api as segments

        return segments.segment_show(viewer=self.viewer(), name=name)

    @at_work
    def segment_words(self, said: str) -> str:
        """The words of the kept segment that is named (`NAME`, `NAME@2`); anything else as it was said."""
        kept = {one.name for one in self.segments()}
        name, _, number = said.rpartition("@")
        return self.segment(said).text if said in kept or (name in kept and number.isdigit()) else said

    @at_work
    def segment_save(
        self,
        name: str,
        segment: str,
        *,
        stores: str | Sequence[str] = (),
        seen: int | None = None,
        moment: datetime | None = None,
    ) -> Kept:
        """Keep a segment under a name for these stores (none named: all she may see), or give it another version.

        `seen`: the version that was looked at, so that nobody's change is lost; raises `segment_name`, `segment_moved` and
        what reading it raises.
        """
        from goldloop.apps.segments import api as segments
        from goldloop.core.members.segment_text import parse

        names = [stores] if isinstance(stores, str) else stores
        own = [self.store(one) for one in names] or self.stores()
        return segments.segment_save(
            viewer=self.viewer(), name=name, segment=parse(segment), stores=[store.id for store in own],
            moment=moment or datetime.now(UTC), seen=seen,
        )  # fmt: skip

    @at_work
    def segment_remove(self, name: str, *, moment: datetime | None = None) -> None:
        """Take a kept segment away; raises `segment_unknown`."""
        from goldloop.apps.segments import api as segments

        segments.segment_remove(viewer=self.viewer(), name=name, moment=moment or datetime.now(UTC))

    @at_work
    def members_limits_set(
        self, store: str, sleeping: int | None, lost: int | None, *, moment: datetime | None = None
    ) -> None:
        """Set after how many days without a purchase a buyer of a store sleeps, and is lost; None and None: learned again."""
        from goldloop.apps.segments import api as segments
        from goldloop.core.members.lifecycle import Limits

        limits = None if sleeping is None and lost is None else Limits(sleeping or 0, lost or 0)
        segments.limits_set(viewer=self.viewer(), store=store, limits=limits, moment=moment or datetime.now(UTC))
