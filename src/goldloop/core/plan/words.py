"""A solved plan in words: numbers as they are written, and one sentence per statement in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor

from goldloop.core import formatting
from goldloop.core.money import exponent
from goldloop.core.plan.freedom import Missing
from goldloop.core.plan.solution import Conflict, Repair, Rounding
from goldloop.core.plan.variables import EQUATIONS, VARIABLES

MOST = 8  # variables that a sentence names
TEXTS: dict[str, dict[str, str]] = {
    "growth": {"en": "Growth over the period before is {growth}.", "zh": "比上期增长{growth}。"},
    "growth_differs": {
        "en": "Growth over the period before is {growth}, not {said}.",
        "zh": "比上期增长{growth}，不是{said}。",
    },
    "buyers_needed": {
        "en": "{buyer_value} a buyer needs {buyers} buyers (rounded up).",
        "zh": "客单价{buyer_value}需要{buyers}位买家（向上取整）。",
    },
    "per_order": {
        "en": "{buyer_value} is per buyer; one order is {order_value}, {orders_per_buyer} orders per buyer.",
        "zh": "{buyer_value}是每位买家（客单价）；每笔订单{order_value}（笔单价），人均{orders_per_buyer}笔。",
    },
    "values": {
        "en": "A new buyer brings {new_buyer_value}, a repeat buyer {repeat_buyer_value}.",
        "zh": "新客客单价{new_buyer_value}，老客客单价{repeat_buyer_value}。",
    },
    "ad_rate": {"en": "Ads cost {ad_rate} of sales.", "zh": "费比{ad_rate}。"},
    "free_new": {
        "en": "{free} of the {new_buyers} new buyers ({share}) have to come without ads.",
        "zh": "{new_buyers}位新客中有{free}位（{share}）要靠非广告渠道。",
    },
    "ad_split": {
        "en": "Ads bring {ad_new_gmv} from new and {ad_repeat_gmv} from repeat buyers; member marketing owes {member_gmv}.",
        "zh": "广告带来新客销售额{ad_new_gmv}、老客销售额{ad_repeat_gmv}；会员运营要完成{member_gmv}。",
    },
    "ad_split_instead": {
        "en": "Ads then bring {ad_new_gmv} from new and {ad_repeat_gmv} from repeat buyers; member marketing owes {member_gmv} "
        "instead of {instead}.",
        "zh": "此时广告带来新客销售额{ad_new_gmv}、老客销售额{ad_repeat_gmv}；会员运营要完成{member_gmv}，而不是{instead}。",
    },
    "ads_all_new": {
        "en": "If ads bring every new buyer, {ad_repeat_gmv} of their sales come from repeat buyers and {member_gmv} is left to "
        "member marketing.",
        "zh": "若新客全部由广告带来，广告还带来老客销售额{ad_repeat_gmv}，会员运营要完成{member_gmv}。",
    },
    "cac_above_value": {
        "en": "A new buyer costs {cac} and brings {value}: each one is bought at a loss on the first purchase.",
        "zh": "新客成本{cac}高于客单价{value}：首单每拉一位新客都亏。",
    },
    "roas_below_breakeven": {
        "en": "ROI {roas} is below {breakeven_roas}, where ads cost all of the gross profit.",
        "zh": "投产比{roas}低于保本投产{breakeven_roas}。",
    },
    "cac_open": {
        "en": "Is CAC {cac} over all new buyers (blended_cac) or over those that ads bring (paid_cac)? Both readings are shown.",
        "zh": "获客成本{cac}指全店新客成本，还是广告拉新成本？两种口径都列出。",
    },
    "conflict": {
        "en": "{formulas}: {of} would be {exact}, not {given}; the gap is {size}. {repairs}",
        "zh": "{formulas}：{of}应为{exact}，而不是{given}，差{size}。{repairs}",
    },
    "out_of_range": {
        "en": "{of} would be {given}, which is no plan. {repairs}",
        "zh": "{of}会是{given}，不成立。{repairs}",
    },
    "repairs": {"en": "Repaired by {ways}.", "zh": "改法：{ways}。"},
    "repair": {"en": "{title} {after} (not {before})", "zh": "{title}改为{after}（原{before}）"},
    "repair_free": {
        "en": "{free} of the {new_buyers} new buyers ({share}) coming without ads, if CAC is over those that ads bring",
        "zh": "{new_buyers}位新客中{free}位（{share}）不靠广告（若为广告拉新成本）",
    },
    "missing_one": {"en": "Not fixed: {titles}; one of them is enough.", "zh": "未定：{titles}，再给其中1项即可。"},
    "missing_several": {
        "en": "Not fixed: {titles}; {need} of them are needed.",
        "zh": "未定：{titles}，还需其中{need}项。",
    },
    "rounding": {"en": "{title}: {given} is {exact} rounded.", "zh": "{title}{given}是{exact}的取整。"},
    "degenerate": {
        "en": "These very values leave open: {titles} (nothing to divide by, or two values that are equal).",
        "zh": "按这组数值无法确定：{titles}（除数为0，或两个数值恰好相等）。",
    },
}


def shown(name: str, value: Fraction, currency: str, lang: str) -> str:
    """A variable's value as a person reads it; money comes in minor units.

    >>> shown("gmv", Fraction(240_000_000), "CNY", "zh"), shown("gmv", Fraction(240_000_000), "CNY", "en")
    ('240万', '2,400,000')
    >>> shown("buyers", Fraction(80000, 3), "CNY", "en"), shown("growth", Fraction(5, 7), "CNY", "zh")
    ('26,667', '+71.4%')
    """
    unit = VARIABLES[name].unit
    if unit == "count":
        return f"{whole(name, value):,}"
    if unit == "rate":
        return f"{'+' if name == 'growth' and value > 0 else ''}{_short(value * 100, 1)}%"
    if unit == "number":
        return _short(value, 3)
    if unit == "money_per":
        places = exponent(currency)
        return f"{_rounded(value / 10**places, places):,f}"
    return _money(value, currency, lang)


def whole(name: str, value: Fraction) -> int:
    """A count as a whole one: what ads can bring for their budget is rounded down, what is needed is rounded up."""
    return floor(value) if name == "ad_new_buyers" else ceil(value)


def _money(value: Fraction, currency: str, lang: str) -> str:
    whole = value / 10 ** exponent(currency)
    if abs(whole) < 1000:
        return _short(whole, exponent(currency))
    if lang != "zh" or abs(whole) < 10_000:
        return f"{_rounded(whole, 0):,f}"
    text = formatting.compact(_rounded(value, 0), "money", currency, lang)
    number, step = text.rstrip("万亿"), text[len(text.rstrip("万亿")) :]
    return (number.rstrip("0").rstrip(".") if "." in number else number) + step


def _rounded(value: Fraction, places: int) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _short(value: Fraction, places: int) -> str:
    text = f"{_rounded(value, places):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def sentence(code: str, values: Mapping[str, tuple[str, Fraction]], currency: str, lang: str) -> str:
    """A finding's sentence."""
    return TEXTS[code][lang].format(**{key: shown(*said, currency, lang) for key, said in values.items()})


def formula(equation: str, lang: str) -> str:
    """An equation as people write it: by its variables' names in English, by what they are called in Chinese."""
    text = EQUATIONS[equation].text
    if lang != "zh":
        return text
    words = (VARIABLES[word].zh if word in VARIABLES else "×" if word == "x" else word for word in _words(text))
    return "".join(words)


def _words(text: str) -> list[str]:
    """Words, and what stands between them."""
    found = [""]
    for letter in text:
        if (letter.isalnum() or letter == "_") != (found[-1][-1:].isalnum() or found[-1][-1:] == "_"):
            found.append("")
        found[-1] += letter
    return found


def titles(names: Sequence[str], lang: str) -> str:
    """What variables are called, one after the other; of many the first ones and how many more."""
    first = ("、" if lang == "zh" else ", ").join(VARIABLES[name].title(lang) for name in names[:MOST])
    more = len(names) - MOST
    return first if more <= 0 else f"{first}等{len(names)}项" if lang == "zh" else f"{first} and {more} more"


def conflict_text(found: Conflict, extra: Sequence[str], currency: str, lang: str) -> str:
    """A conflict with its size and its ways out; `extra` are further ways, in words."""
    ways = [*(repair_text(r, currency, lang) for r in found.repairs), *extra]
    joined = ("，或" if lang == "zh" else ", or ").join(ways)
    repairs = TEXTS["repairs"][lang].format(ways=joined) if ways else ""
    code = "out_of_range" if found.code == "out_of_range" else "conflict"
    exact, given, size = (shown(found.of, x, currency, lang) for x in (found.exact, found.given, found.size))
    formulas = ("；" if lang == "zh" else "; ").join(formula(e, lang) for e in found.equations)
    of = VARIABLES[found.of].title(lang)
    return (
        TEXTS[code][lang].format(formulas=formulas, of=of, exact=exact, given=given, size=size, repairs=repairs).strip()
    )


def repair_text(repair: Repair, currency: str, lang: str) -> str:
    """One way out of a conflict."""
    before, after = (shown(repair.variable, x, currency, lang) for x in (repair.before, repair.after))
    return TEXTS["repair"][lang].format(title=VARIABLES[repair.variable].title(lang), before=before, after=after)


def rounding_text(found: Rounding, currency: str, lang: str) -> str:
    """What is rounded, and what it is exactly."""
    given, exact = (shown(found.variable, x, currency, lang) for x in (found.given, found.exact))
    return TEXTS["rounding"][lang].format(title=VARIABLES[found.variable].title(lang), given=given, exact=exact)


def missing_text(found: Missing, lang: str) -> str:
    """What is open, and how much of it must be told."""
    code = "missing_one" if found.need == 1 else "missing_several"
    return TEXTS[code][lang].format(titles=titles(found.variables, lang), need=found.need)
