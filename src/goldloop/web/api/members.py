"""Members: RFM, life cycle, cohorts, second purchases, repurchase, pairs and segments, answered as the command line does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Field, Query, Schema

from goldloop.core.members.segments import written as in_words
from goldloop.web.api import answers
from goldloop.web.api.asked import Code, Day, Long, Number, Text, Words
from goldloop.web.api.operations import operation, written
from goldloop.web.request import Request

Said = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Days = Annotated[int, Field(ge=1, le=36_500)]


class Asked(Schema):
    """Stores, and the last day that counts."""

    store: Words = []
    day: Day | None = None
    basis: Literal["auto", "platform", "orders"] = "auto"

    def question(self) -> dict[str, Any]:
        """The keyword arguments of the shop's questions about members."""
        own = {name: getattr(self, name) for name in type(self).model_fields if name not in ("store", "limit")}
        return {"stores": self.store, **own}


class TableAsked(Asked):
    """The same of every store for itself, in one currency."""

    by_store: bool = False
    currency: Code | None = None


class RfmAsked(TableAsked):
    """RFM groups, or movement between them."""

    since: Day | None = None
    window: Days = 365
    bands: Text | None = None


class LifecycleAsked(TableAsked):
    """The life cycle by limits in days."""

    sleeping: Days | None = None
    lost: Days | None = None


class TimesGoodsAsked(TableAsked):
    """Goods by number of purchases."""

    by: Text = "product"
    so_far: bool = False
    limit: Annotated[int, Field(ge=0, le=100)] = 10

    def question(self) -> dict[str, Any]:
        """With the number of goods that are told."""
        return {**super().question(), "limit": self.limit}


class SecondAsked(Asked):
    """Second purchases by groups of first buyers."""

    by_store: bool = False
    by: Text = "week"


class RepurchaseAsked(Asked):
    """The repurchase model; `limit` customers of it."""

    currency: Code | None = None
    ahead: Days = 90
    model: Text = "bgnbd"
    unit: Text = "day"
    limit: Annotated[int, Field(ge=0, le=500)] = 20


class BasketsAsked(Asked):
    """Goods of orders."""

    by_store: bool = False
    by: Text = "product"
    window: Days = 365
    least: Annotated[int, Field(ge=1, le=1_000_000_000)] = 10
    limit: Annotated[int, Field(ge=0, le=500)] = 200

    def question(self) -> dict[str, Any]:
        """With the number of lines that are told."""
        return {**super().question(), "limit": self.limit}


class PairsAsked(BasketsAsked):
    """Goods bought together, or next."""

    following: bool = False


class RulesAsked(BasketsAsked):
    """Basket rules of one to `left` goods."""

    sure: Text = "0.5"
    left: Annotated[int, Field(ge=1, le=5)] = 2


class PreferenceAsked(TableAsked):
    """What a segment prefers, beside all buyers."""

    by: Text = "category"
    segment: Said | None = None
    window: Days = 365
    limit: Annotated[int, Field(ge=0, le=500)] = 50

    def question(self) -> dict[str, Any]:
        """With the number of values that are told."""
        return {**super().question(), "limit": self.limit}


class MemberPreferenceAsked(Schema):
    """What one member prefers."""

    id: Text
    by: Text = "category"
    window: Days = 365
    day: Day | None = None


class JoinedAsked(Asked):
    """Members by week or month of joining."""

    by_store: bool = False
    by: Text = "week"


class CohortsAsked(Schema):
    """Cohorts of first buyers by month or week."""

    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    store: Words = []
    basis: Literal["auto", "platform", "orders"] = "auto"
    currency: Code | None = None
    by: Literal["month", "week"] = "month"
    worth: bool = False


class SegmentAsked(Asked):
    """A segment in words."""

    segment: Said


class SegmentKept(Schema):
    """A segment to keep; `seen` is the version that was looked at."""

    model_config = {"extra": "forbid"}
    name: Text
    segment: Said
    stores: list[Text] = Field([], max_length=100)
    seen: Number | None = None


class SegmentGone(Schema):
    """A kept segment to take away."""

    model_config = {"extra": "forbid"}
    name: Long


@operation(answers.MemberTable)
def rfm(request: Request, asked: Query[RfmAsked]) -> HttpResponse:
    """Buyers by RFM group, or how they moved between groups."""
    return written(request.shop.members_rfm(**asked.question()).as_dict(request.lang))


@operation(answers.MemberTable)
def lifecycle(request: Request, asked: Query[LifecycleAsked]) -> HttpResponse:
    """Buyers by life cycle."""
    return written(request.shop.members_lifecycle(**asked.question()).as_dict(request.lang))


@operation(answers.MemberTable)
def times(request: Request, asked: Query[TableAsked]) -> HttpResponse:
    """Buyers by how often they have bought."""
    return written(request.shop.members_times(**asked.question()).as_dict(request.lang))


@operation(answers.MemberTable)
def times_goods(request: Request, asked: Query[TimesGoodsAsked]) -> HttpResponse:
    """What buyers took on their first, second, ... purchase; or all that those who bought so often have taken."""
    return written(request.shop.members_times_goods(**asked.question()).as_dict(request.lang))


@operation(answers.MemberTable)
def second(request: Request, asked: Query[SecondAsked]) -> HttpResponse:
    """Shares of first buyers with a second purchase, with intervals."""
    return written(request.shop.members_second(**asked.question()).as_dict(request.lang))


@operation(answers.MemberTable)
def pairs(request: Request, asked: Query[PairsAsked]) -> HttpResponse:
    """Goods bought together, or on the next purchase day."""
    return written(request.shop.members_pairs(**asked.question()).as_dict(request.lang))


@operation(answers.MemberTable)
def rules(request: Request, asked: Query[RulesAsked]) -> HttpResponse:
    """Basket rules: who has these goods in an order has one more; left sides of one to `left` goods (at most 5)."""
    return written(request.shop.members_rules(**asked.question()).as_dict(request.lang))


@operation(answers.MemberTable)
def preference(request: Request, asked: Query[PreferenceAsked]) -> HttpResponse:
    """Prices, categories or other goods that buyers of a segment take, beside all buyers."""
    return written(request.shop.members_preference(**asked.question()).as_dict(request.lang))


@operation(answers.MemberTable)
def member_preference(request: Request, asked: Query[MemberPreferenceAsked]) -> HttpResponse:
    """The same of one member, in each store for itself."""
    return written(request.shop.member_preference(**asked.dict()).as_dict(request.lang))


@operation(answers.MemberTable)
def joined(request: Request, asked: Query[JoinedAsked]) -> HttpResponse:
    """Members by when they joined, apart from buyers: who had bought before, and who has since."""
    return written(request.shop.members_joined(**asked.question()).as_dict(request.lang))


@operation(answers.Repurchase)
def repurchase(request: Request, asked: Query[RepurchaseAsked]) -> HttpResponse:
    """Who will buy again: the model, its back-test, and the customers most is expected of."""
    return written(request.shop.members_repurchase(**asked.question()).as_dict(request.lang, asked.limit))


@operation(answers.MemberRows)
def cohorts(request: Request, asked: Query[CohortsAsked]) -> HttpResponse:
    """Buyers by the month or week of their first purchase, and what each one since has seen of them; or, as `worth`, the ad
    cost per new person of each cohort, its margin so far, and after how many of them it paid back."""
    own = {name: getattr(asked, name) for name in CohortsAsked.model_fields if name not in ("store", "worth")}
    if not asked.worth:
        return written(request.shop.cohorts(stores=asked.store, **own).as_dict(request.lang))
    found, rows = request.shop.cohort_worth(stores=asked.store, **own)
    return written({**found.as_dict(request.lang), "rows": rows})


@operation(answers.SegmentCount)
def segment(request: Request, asked: Query[SegmentAsked]) -> HttpResponse:
    """How many people a segment has, and what they bought."""
    return written(request.shop.members_segment(**asked.question()).as_dict(request.lang))


@operation(answers.Segments)
def segments(request: Request) -> HttpResponse:
    """The segments that are kept."""
    return written({"segments": [_kept(one, request.lang) for one in request.shop.segments()]})


@operation(answers.Segment)
def segment_keep(request: Request, said: SegmentKept) -> HttpResponse:
    """Keep a segment under a name, or give the one of that name another version."""
    kept = request.shop.segment_save(said.name, said.segment, stores=said.stores, seen=said.seen)
    request.audit.note(target=f"segment {kept.name}", stores=sorted(kept.stores))
    return written(_kept(kept, request.lang))


@operation(answers.Segments)
def segment_drop(request: Request, said: SegmentGone) -> HttpResponse:
    """Take a kept segment away; what is left of them."""
    request.shop.segment_remove(said.name)
    request.audit.note(target=f"segment {said.name}")
    return segments(request)


def _kept(kept: Any, lang: str) -> dict[str, Any]:
    return {
        "name": kept.name,
        "version": kept.number,
        "segment": kept.text,
        "words": in_words(kept.segment, lang),
        "saved_at": str(kept.saved_at),
        "saved_by": kept.saved_by,
    }
