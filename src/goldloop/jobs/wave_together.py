"""What the waves of a month, or any chosen ones, brought together, out of their kept results and beside their predictions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.campaigns.api import Seen
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import parse_period, whole
from goldloop.core.errors import GoldloopError
from goldloop.core.money import to_minor, to_text
from goldloop.core.pooled import FIGURES, Drawn, Lack, Sums, pooled, read_sums
from goldloop.core.viewer import Viewer
from goldloop.jobs.wave_results import MONEY, measured_dict

PREDICTED = ("orders", "orders_low", "orders_high", "gmv", "low", "high")


def of_months(viewer: Viewer, *, month: str | None = None, stores: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What the waves of each month (the one they go out in) brought together, the newest first; only months of which one went out.

    `month` asks for one; `stores`: waves of exactly these. Waves of several stores are a group of their own. Raises
    `coupons_when_whole`, `store_unknown`.
    """
    asked = None if month is None else parse_period(month)
    if asked is not None and asked != whole("month", asked.first):
        raise GoldloopError(
            "coupons_when_whole", f"'{month}' is no month.", given=month, allowed="YYYY-MM", written=month
        )
    own = frozenset(shops.store_visible(viewer=viewer, name=name).id for name in stores)
    found = [seen for seen in campaigns.wave_list(viewer=viewer) if not own or seen.stores == own]
    return months(viewer, [seen for seen in found if asked is None or asked.first <= seen.wave.send <= asked.last])


def months(viewer: Viewer, waves: Iterable[Seen]) -> list[dict[str, Any]]:
    """The same of waves at hand."""
    groups: dict[tuple[str, tuple[int, ...]], list[Seen]] = {}
    for seen in waves:
        if seen.state != "declined":
            groups.setdefault((f"{seen.wave.send:%Y-%m}", tuple(sorted(seen.stores))), []).append(seen)
    return [
        {"month": month, **together(viewer, group)}
        for (month, _), group in sorted(groups.items(), key=lambda one: one[0], reverse=True)
        if any(seen.files for seen in group)
    ]


def of_waves(viewer: Viewer, ids: Collection[int]) -> dict[str, Any]:
    """What these waves brought together; raises `wave_unknown`, `wave_several_stores` unless they are of the same stores."""
    found = [campaigns.wave_show(viewer=viewer, id=id) for id in dict.fromkeys(ids)]
    if len({(seen.stores, seen.wave.currency) for seen in found}) != 1:
        raise GoldloopError(
            "wave_several_stores", "Only waves of the same stores are told together.", given=sorted(ids),
            todo="goldloop members wave list",
        )  # fmt: skip
    return {"month": None, **together(viewer, found)}


def together(viewer: Viewer, waves: Sequence[Seen]) -> dict[str, Any]:
    """The pooled result of waves of the same stores: who was counted, what they brought and were predicted to, what is lacking."""
    currency = waves[0].wave.currency
    names = {store.id: store.name for store in shops.stores_visible(viewer=viewer)}
    ordered = sorted(waves, key=lambda seen: (seen.wave.send, seen.wave.amount("value_from") or 0, seen.id))
    why = {seen.id: _why_not(seen) for seen in ordered}
    usable = [seen for seen in ordered if not why[seen.id]]
    drawn = {seen.id: _drawn(seen) for seen in usable}
    found = pooled(list(drawn.values()))
    counted = {id for stratum in found.strata for id in stratum} or set(drawn)
    told = [seen for seen in usable if seen.id in counted]
    left = {id: why[id] or "few" for id in why if id not in counted}
    results = [seen.results[0] for seen in told]
    return {
        "stores": [names[store] for store in sorted(waves[0].stores)], "currency": currency,
        "waves": [seen.id for seen in told], "left_out": [{"wave": id, "why": reason} for id, reason in left.items()],
        "known": min((one["known"] for one in results), default=None),
        "final": bool(results) and all(one["final"] for one in results),
        **{arm: _arm([getattr(drawn[seen.id], arm) for seen in told], currency) for arm in ("sent", "held")},
        "cost": to_text(sum(drawn[seen.id].cost for seen in told), currency),
        "measured": None if found.measured is None else measured_dict(found.measured, currency),
        "strata": [list(one) for one in found.strata], "lacks": [_lack(one) for one in found.lacks],
        "predicted": _predicted(results, currency),
    }  # fmt: skip


def _why_not(seen: Seen) -> str:
    """Why a wave cannot be counted with others; '' where it can."""
    result = seen.results[0] if seen.results else None
    if not seen.files:
        return "not_out"
    if result is None:
        return "not_measured"
    if "sums" not in result:
        return "measure_again"
    by_units = bool((seen.told or {}).get("held_units"))
    empty = by_units and not (result["sums"]["held"]["units"] and result["sums"]["sent"]["units"])
    return "no_holdout" if empty or not seen.wave.share("holdout") else ""


def _drawn(seen: Seen) -> Drawn:
    result = seen.results[0]
    sums = {arm: read_sums(result["sums"][arm]) for arm in ("sent", "held")}
    return Drawn(
        seen.id, sums["sent"], sums["held"], seen.wave.share("holdout") or 0.0,
        to_minor(Decimal(result["cost"]), seen.wave.currency), bool((seen.told or {}).get("held_units")),
    )  # fmt: skip


def _arm(arms: Sequence[Sums], currency: str) -> dict[str, Any]:
    """Everybody of an arm, as she was drawn, in all waves."""
    totals = {name: round(sum(arm.total[name] for arm in arms)) for name in FIGURES}
    money = {name: to_text(totals[name], currency) for name in MONEY}
    return {"people": round(sum(arm.people for arm in arms)), **totals, **money}


def _lack(one: Lack) -> dict[str, Any]:
    return {**asdict(one), "waves": list(one.waves), "worth": round(one.worth, 1)}


def _predicted(results: Sequence[Mapping[str, Any]], currency: str) -> dict[str, Any] | None:
    """The sum of the predictions, ends too, since one assumption stands behind all; None where a wave has none."""
    several = [one.get("predicted") for one in results]
    if not several or not all(several):
        return None
    sums = {name: sum(Decimal(str(one[name])) for one in several if one) for name in PREDICTED}
    orders = {name: float(sums[name]) for name in PREDICTED[:3]}
    return orders | {name: to_text(to_minor(sums[name], currency), currency) for name in PREDICTED[3:]}
