"""The daily report (早报): one store's day in figures that are asked for once, and in the few lines people paste to a group.

Every number comes from the same questions as tables and pages. What is not known is left out of the text and is null in
the data, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from goldloop.core import formatting
from goldloop.core.calendar import whole
from goldloop.core.errors import GoldloopError
from goldloop.metrics.answer import write
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.source_words import source_name

if TYPE_CHECKING:
    from goldloop.core.store import Store
    from goldloop.jobs.feed_board import Feed
    from goldloop.metrics.answer import Answer
    from goldloop.metrics.why_text import Account

DAY = (
    "gmv", "visitors", "conversion", "buyers", "buyer_value", "cart_adders", "cart_rate", "refunds", "cash_refund_rate", "refund_rate", "refund_rate_expected",
    "ad_cost", "ad_rate", "roas", "new_buyers", "repeat_buyers", "new_share", "presale_value", "net",
)  # fmt: skip
LONGER = ("gmv", "net", "refunds", "cash_refund_rate", "ad_cost", "ad_rate")
PRODUCTS = 5
WORDS = {
    "head": ("【{store}】{day} 日报", "[{store}] {day}, daily report"),
    "previous": ("比前日", "day before"),
    "weekday": ("比上周同日", "same weekday"),
    "month": ("本月累计", "month to date"),
    "last_year": ("比去年同期", "a year before"),
    "rolling": ("近 {days} 天", "last {days} days"),
    "why": ("为什么：", "Why: "),
    "up": ("上升", "Up"),
    "down": ("下降", "Down"),
    "late": ("数据迟到：", "Late: "),
    "late_days": ("{feed} 迟到 {days} 天", "{feed} by {days} days"),
    "source": ("口径来源：{source}", "Source: {source}"),
    "window": ("，转化周期 {window}", ", sales within {window}"),
    "checked": (
        "（回测：付款 {age} 天后预计的退后销售额，单日误差 {error}）",
        " (net expected at {age} days missed by {error} a day)",
    ),
    "missing": ("缺数据：", "Not known: "),
}


@dataclass(frozen=True)
class Daily:
    """One day of one store: answers by what they are compared with, the account, products up and down, late feeds (`reports`: their names by format and language)."""

    store: Store
    day: date
    before: Answer
    weekday: Answer
    month: Answer
    rolling: dict[int, Answer]
    account: Account | None
    products: list[dict[str, Any]]
    late: list[Feed]
    reports: Mapping[str, Mapping[str, str]]

    @property
    def currency(self) -> str | None:
        """The store's currency."""
        return self.weekday.currencies[0]

    @property
    def source(self) -> str | None:
        """Where the root of the day comes from: `platform`, `orders`, `mixed`, or None without data."""
        source: str | None = self.weekday.data["sources"][0]
        return source

    @property
    def checked(self) -> dict[str, Any] | None:
        """How right earlier expectations of refunds were, as `figures` has it; None where none can be looked back on."""
        stores = self.weekday.data.get("maturity", {}).get("stores", [])
        return stores[0]["checked"] if stores else None

    def value(self, name: str) -> Any:
        """A figure of the day; None where it is not known."""
        return self.weekday.value(name)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The report as `--json` prints it; amounts in major units."""
        day = self.weekday.rows()[0]
        return {
            "store": self.store.name,
            "day": str(self.day),
            "currency": self.currency,
            "source": self.source,
            "figures": {name: day[name] for name in DAY},
            "expected_checked": self.checked,
            "previous": _changes(self.before, DAY),
            "same_weekday": _changes(self.weekday, DAY),
            "month_to_date": {
                **{name: self.month.rows()[0][name] for name in LONGER},
                "last_year": _changes(self.month, LONGER),
            },
            "rolling": {
                str(days): {**{name: answer.rows()[0][name] for name in LONGER}, "previous": _changes(answer, LONGER)}
                for days, answer in self.rolling.items()
            },
            "products": [{**one, "change": write(one["change"], "money", self.currency)} for one in self.products],
            "late": [{"profile": feed.profile, "late_days": feed.late_days} for feed in self.late],
            "why": self.account.text(lang) if self.account else None,
            "reasons": [reason.as_dict(lang) for reason in self.weekday.reasons],
            "text": self.text(lang),
        }

    def text(self, lang: str = "en") -> str:
        """The lines to paste; a figure that is not known is named at the end instead of shown as nothing."""
        line = Lines(self, lang)
        found = [
            line.word("head", store=self.store.name, day=formatting.day(self.day, lang)),
            line.word("source", source=source_name(self.source, {self.store.platform}, lang)),
            line.root(),
            line.several("visitors", "conversion", "buyer_value", "cart_rate"),
            line.several("refunds", "cash_refund_rate", "refund_rate_expected") + line.checked(),
            line.several("ad_cost", "ad_rate", "roas") + line.window(),
            line.several("new_buyers", "repeat_buyers"),
            line.several("presale_value") if self.value("presale_value") else "",
            *(line.longer(days, answer) for days, answer in self.rolling.items()),
            line.products(),
            line.word("why") + self.account.text(lang) if self.account else "",
            line.late(),
            line.missing(),
        ]
        return "\n".join(one for one in found if one)


class Lines:
    """The lines of a report in one language."""

    def __init__(self, daily: Daily, lang: str) -> None:
        self.daily = daily
        self.lang = lang

    def word(self, key: str, **params: Any) -> str:
        """One of the report's own words."""
        return WORDS[key][0 if self.lang == "zh" else 1].format(**params)

    def name(self, figure: str) -> str:
        """A figure in words."""
        return FIGURES[figure].zh if self.lang == "zh" else FIGURES[figure].en

    def shown(self, answer: Answer, figure: str) -> str:
        """A figure with its name and value."""
        unit = FIGURES[figure].unit
        return f"{self.name(figure)} {formatting.compact(answer.value(figure), unit, self.daily.currency, self.lang)}"

    def moved(self, answer: Answer, figure: str) -> str:
        """How a figure changed: relative, or in points for rates; '' where a side is not known."""
        change = answer.columns[f"{figure}__change"][0]
        if change is None:
            return ""
        if FIGURES[figure].unit == "rate":
            return formatting.change(change, "rate", None, self.lang)
        return formatting.change_rate(answer.columns[f"{figure}__change_rate"][0], self.lang)

    def root(self) -> str:
        """GMV against the day before and the same weekday, and the month so far."""
        daily, parts = self.daily, [self.shown(self.daily.weekday, "gmv")]
        for key, answer in (("previous", daily.before), ("weekday", daily.weekday)):
            if moved := self.moved(answer, "gmv"):
                parts.append(f"{self.word(key)} {moved}")
        month = formatting.compact(daily.month.value("gmv"), "money", daily.currency, self.lang)
        year = self.moved(daily.month, "gmv")
        parts.append(f"{self.word('month')} {month}" + (f" ({self.word('last_year')} {year})" if year else ""))
        return "  ".join(parts)

    def several(self, *figures: str) -> str:
        """Known figures of the day with their change against the same weekday."""
        known = [name for name in figures if self.daily.value(name) is not None]
        parts = []
        for name in known:
            moved = self.moved(self.daily.weekday, name)
            parts.append(self.shown(self.daily.weekday, name) + (f"({moved})" if moved else ""))
        return "  ".join(parts)

    def checked(self) -> str:
        """How far off expected net was before, after a known `refund_rate_expected`."""
        checked = self.daily.checked
        if self.daily.value("refund_rate_expected") is None or checked is None:
            return ""
        return self.word("checked", age=checked["age"], error=f"{checked['error']:.1%}")

    def window(self) -> str:
        """Within how long ads are credited with sales, after a known `roas`."""
        found = [note.params["window"] for note in self.daily.weekday.notes if note.code == "ad_window"]
        if self.daily.value("roas") is None or not found:
            return ""
        return self.word("window", window=" / ".join(both[self.lang == "zh"] for both in found))

    def longer(self, days: int, answer: Answer) -> str:
        """A rolling period."""
        known = [name for name in ("gmv", "net", "ad_rate") if answer.value(name) is not None]
        parts = []
        for name in known:
            moved = self.moved(answer, name)
            parts.append(self.shown(answer, name) + (f"({moved})" if moved else ""))
        return f"{self.word('rolling', days=days)}: " + "  ".join(parts) if parts else ""

    def products(self) -> str:
        """Products that gained and lost most."""
        parts = []
        for key, sign in (("up", 1), ("down", -1)):
            own = [one for one in self.daily.products if one["change"] * sign > 0]
            listed = "  ".join(
                f"{one['title']} {formatting.change(one['change'], 'money', self.daily.currency, self.lang)}"
                for one in own
            )
            parts += [f"{self.word(key)}: {listed}"] if listed else []
        return "\n".join(parts)

    def late(self) -> str:
        """Reports that should have come."""
        parts = [
            self.word(
                "late_days",
                feed=self.daily.reports.get(feed.profile, {}).get(self.lang, feed.profile),
                days=feed.late_days,
            )
            for feed in self.daily.late
        ]
        return self.word("late") + ", ".join(parts) if parts else ""

    def missing(self) -> str:
        """Figures of the day that are not known."""
        unknown = [
            self.name(name) for name in ("visitors", "buyers", "refunds", "ad_cost") if self.daily.value(name) is None
        ]
        return self.word("missing") + ("、" if self.lang == "zh" else ", ").join(unknown) if unknown else ""


def report(
    store: Store,
    day: date,
    *,
    figures: Callable[..., Answer],
    why: Callable[..., Account],
    late: Sequence[Feed],
    titles: Mapping[str, str],
    reports: Mapping[str, Mapping[str, str]],
) -> Daily:
    """The report of a store's business day; `figures` and `why` ask with the rights of whoever wants it.

    `titles`: value of the cut `product` -> title; `reports`: id of a format -> language -> its name.
    """
    one = {"stores": (store.name,), "first": day, "last": day}
    month = whole("month", day).first
    weekday = figures(DAY, compare="same-weekday", **one)
    return Daily(
        store=store,
        day=day,
        before=figures(DAY, compare="previous", **one),
        weekday=weekday,
        month=figures(LONGER, stores=(store.name,), first=month, last=day, compare="last-year"),
        rolling={
            days: figures(
                LONGER, stores=(store.name,), first=day - timedelta(days=days - 1), last=day, compare="previous"
            )
            for days in (7, 30)
        },
        account=_account(why, weekday, one),
        products=_products(figures(("gmv",), by="product", compare="same-weekday", **one), titles),
        late=[feed for feed in late if feed.state == "late"],
        reports=reports,
    )


def _account(why: Callable[..., Account], weekday: Answer, one: dict[str, Any]) -> Account | None:
    if weekday.value("gmv") is None or weekday.columns["gmv__compared"][0] is None:
        return None
    try:
        return why("gmv", against="same-weekday", drill="none", **one)
    except GoldloopError:
        return None


def _products(answer: Answer, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """The products that gained and lost most, largest change first; a product that one side lacks counts as 0 there."""
    moved = [
        {"product": name, "title": titles.get(name or "", name or "?"), "change": (now or 0) - (then or 0)}
        for name, now, then in zip(
            answer.columns["product"], answer.columns["gmv"], answer.columns["gmv__compared"], strict=True
        )
    ]
    up = sorted((one for one in moved if one["change"] > 0), key=lambda one: -one["change"])[:PRODUCTS]
    down = sorted((one for one in moved if one["change"] < 0), key=lambda one: one["change"])[:PRODUCTS]
    return [*up, *down]


def _changes(answer: Answer, names: Sequence[str]) -> dict[str, Any]:
    row = answer.rows()[0]
    return {
        name: {
            "value": row[f"{name}__compared"],
            "change": row[f"{name}__change"],
            "change_rate": row[f"{name}__change_rate"],
        }
        for name in names
    }
