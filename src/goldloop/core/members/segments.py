"""Segments (人群): conditions over a person's purchases, joined by and, or, not; written in words, in either language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from goldloop.core.members.lifecycle import STATES
from goldloop.core.members.rfm import NAMES

OPS = (">=", "<=", ">", "<", "=")
MEASURES = {"purchases": "购买次数", "orders": "订单数", "amount": "消费金额", "units": "购买件数", "average": "客单价"}
GOODS = {"product": "商品", "sku": "商家编码", "category": "类目", "brand": "品牌", "price_band": "价格带"}
OF_ORDERS = {"region": "地区", "channel": "下单渠道", "order_source": "订单来源", "coupon": "用券", "refunded": "退款"}
FILTERS = GOODS | OF_ORDERS
ENDS = {"first": "首购", "last": "最近购买"}
YES = {"yes": "是", "no": "否"}
TRAITS = {"state": "生命周期", "rfm": "RFM", "level": "会员等级", "member": "入会"}
STATES_ZH = dict(zip(STATES, ("新客", "二购客", "活跃老客", "沉睡", "流失"), strict=True))
RFM_ZH = dict(
    zip(
        NAMES,
        ("重要价值客户", "重要发展客户", "重要保持客户", "重要挽留客户", "一般价值客户", "一般发展客户", "一般保持客户", "一般挽留客户"),
        strict=True,
    )
)  # fmt: skip
# Of these names the values are known; any other value is a shop's own.
CHOICES = {"state": STATES_ZH, "rfm": RFM_ZH, "member": YES, "coupon": YES, "refunded": YES}


@dataclass(frozen=True, slots=True)
class Days:
    """Days that count: the last `within` days, more than `over` days ago, or from `first` to `last` (None: open end)."""

    within: int | None = None
    over: int | None = None
    first: date | None = None
    last: date | None = None

    def span(self, until: date) -> tuple[date, date]:
        """First and last day, seen from the last day that counts.

        >>> [str(day) for day in Days(within=30).span(date(2026, 6, 30))]
        ['2026-06-01', '2026-06-30']
        """
        if self.within is not None:
            return _before(until, self.within - 1), until
        if self.over is not None:
            return date.min, _before(until, self.over + 1)
        return self.first or date.min, min(self.last or until, until)


@dataclass(frozen=True, slots=True)
class Filter:
    """Orders, or lines of them, whose cut has one of these values."""

    cut: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How much somebody bought: `measure` of what passes all filters in these days (None: ever), held against a number."""

    measure: str
    op: str
    number: Decimal
    where: tuple[Filter, ...] = ()
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class When:
    """Whether the first or the last purchase day lies in these days."""

    end: str
    days: Days


@dataclass(frozen=True, slots=True)
class Then:
    """What passes `where` was bought, and on a later day, at most `within` days after, what passes `after`."""

    where: tuple[Filter, ...]
    after: tuple[Filter, ...]
    within: int


@dataclass(frozen=True, slots=True)
class Trait:
    """Life-cycle state, RFM group, member level, or whether somebody joined the programme."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody else."""

    part: Segment


@dataclass(frozen=True, slots=True)
class Joined:
    """All (`and`) or any (`or`) of some conditions."""

    word: str
    parts: tuple[Segment, ...]


Condition = Count | When | Then | Trait
Segment = Condition | Not | Joined
BOUGHT = ("orders", ">=", Decimal(1))  # a Count that is written `bought`


def conditions(segment: Segment) -> Iterator[Condition]:
    """All conditions of a segment, in the order in which they are written."""
    if isinstance(segment, Joined):
        for part in segment.parts:
            yield from conditions(part)
    elif isinstance(segment, Not):
        yield from conditions(segment.part)
    else:
        yield segment


def written(segment: Segment, lang: str = "en") -> str:
    """A segment in words, as `segment_text.parse` reads them again.

    >>> written(Not(When("last", Days(within=30))), "zh"), written(Not(When("last", Days(within=30))))
    ('非 最近购买 近30天', 'not last within 30 days')
    """
    zh = lang == "zh"
    match segment:
        case Joined(word, parts):
            text = f" { ({'and': '且', 'or': '或'}[word] if zh else word) } ".join(
                _inside(part, lang) for part in parts
            )
        case Not(part):
            text = f"{'非' if zh else 'not'} {_inside(part, lang)}"
        case Count(measure, op, number, where, days):
            head = ("买过" if zh else "bought") if (measure, op, number) == BOUGHT else ""
            head = head or f"{MEASURES[measure] if zh else measure} {op} {number:f}"
            text = " ".join([head, *_filters(where, zh), *([_days(days, zh)] if days else [])])
        case When(end, days):
            text = f"{ENDS[end] if zh else end} {_days(days, zh)}"
        case Then(where, after, within):
            both = ["买过" if zh else "bought", *_filters(where, zh), "然后" if zh else "then", *_filters(after, zh)]
            text = " ".join([*both, _days(Days(within=within), zh)])
        case Trait(name, values):
            text = _values(name, TRAITS[name] if zh else name, values, zh)
    return text


def _inside(part: Segment, lang: str) -> str:
    return f"({written(part, lang)})" if isinstance(part, Joined) else written(part, lang)


def _filters(where: tuple[Filter, ...], zh: bool) -> list[str]:
    return [_values(one.cut, FILTERS[one.cut] if zh else one.cut, one.values, zh) for one in where]


def _values(name: str, shown: str, values: tuple[str, ...], zh: bool) -> str:
    known = CHOICES.get(name)
    return f"{shown}=" + ",".join(known[one] if known and zh else one if known else f'"{one}"' for one in values)


def _days(days: Days, zh: bool) -> str:
    if days.within is not None:
        return f"近{days.within}天" if zh else f"within {days.within} days"
    if days.over is not None:
        return f"超过{days.over}天" if zh else f"over {days.over} days ago"
    since = "" if days.first is None else f"从 {days.first}" if zh else f"from {days.first}"
    to = "" if days.last is None else f"到 {days.last}" if zh else f"to {days.last}"
    return " ".join(filter(None, (since, to)))


def _before(day: date, days: int) -> date:
    """So many days earlier, or the first day there is."""
    return day - timedelta(days=days) if days < (day - date.min).days else date.min
