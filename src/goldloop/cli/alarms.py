"""`watch run|list|show|ack|insights` and `watch rules list|add|set|remove`: what rings, why, and from when on."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import parse
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import where_pairs
from goldloop.core.errors import GoldloopError
from goldloop.core.money import read_amount

if TYPE_CHECKING:
    from goldloop.apps.watch.api import Alarm, Rule
    from goldloop.cli.output import Screen
    from goldloop.cli.words import Words
    from goldloop.jobs.alarms import Ran

STATES = "active|open|acknowledged|cleared|all"
OnOff = Annotated[bool | None, typer.Option("--on/--off", help="Whether the rule watches.")]
StoreName = Annotated[str, typer.Option("--store", metavar="NAME", help="Only this store.")]
Ident = Annotated[int, typer.Argument(metavar="ID", help="Number of the alarm.")]
Code = Annotated[str, typer.Argument(metavar="RULE", help="Code of the rule.")]
RuleStores = Annotated[
    list[str] | None,
    typer.Option("--store", metavar="NAME", help="Watch this store; may be repeated ('all': every store)."),
]
Direction = Annotated[str, typer.Option(metavar="down|up|both", help="What rings: a fall, a rise, or either.")]
Rate = Annotated[
    float | None, typer.Option(metavar="SHARE", help="Rings beyond this share of what was expected (0.25 = 25 %).")
]
Amount = Annotated[
    str,
    typer.Option(
        metavar="AMOUNT", help="And beyond this amount: money in major units, rates as shares, feeds in days."
    ),
]
Least = Annotated[
    int | None, typer.Option(metavar="N", help="Orders, visitors or clicks that the figure must rest on.")
]
Sensitivity = Annotated[str, typer.Option(metavar="low|normal|high", help="Width of the interval of ordinary days.")]
Quiet = Annotated[
    str, typer.Option(metavar="HH:MM-HH:MM|none", help="Hours of the store's clock in which the rule rests.")
]


def watch_run(
    run: Run,
    day: Annotated[
        str, typer.Option("--day", metavar="DATE", help="Judge this day (default: those since the last run).")
    ] = "",
    store: StoreName = "",
) -> Answer:
    """Judge every rule for the days that are over: alarms open once, with their reason, and clear by themselves."""
    ran = run.shop().alarms_run(day=day or None, store=store or None)
    return Answer(ran.as_dict(run.words.language), lambda screen: _ran(screen, ran))


def _ran(screen: Screen, ran: Ran) -> None:
    words, lang = screen.words, screen.words.language
    counts = {"judged": ran.judged, "opened": len(ran.opened), "kept": len(ran.kept), "cleared": len(ran.cleared)}
    screen.line(words("watch_ran", **counts))
    for alarm in ran.opened:
        screen.line(f"! {alarm.id}  {alarm.store}  {alarm.said[lang]}")
    for alarm in ran.cleared:
        screen.line(f"+ {alarm.id}  {alarm.store}  " + words("watch_cleared", rule=alarm.rule, day=alarm.opened_on))
    for one in ran.not_judged:
        if not one.silent:
            screen.line(f"- {one.day}  {one.store}  {one.rule}: {one.said[lang]}")
    if silent := sum(one.silent for one in ran.not_judged):
        screen.line("- " + words("watch_silent", count=silent))
    for rule, store in ran.resting:
        screen.line("- " + words("watch_resting", rule=rule, store=store))


def watch_list(
    run: Run,
    store: StoreName = "",
    state: Annotated[str, typer.Option(metavar=STATES, help="Which alarms.")] = "active",
) -> Answer:
    """List alarms, the newest first."""
    found = run.shop().alarms(store=store or None, state=None if state == "all" else state)
    lang = run.words.language

    def show(screen: Screen) -> None:
        if not found:
            return screen.line(run.words("watch_none"))
        heads = [run.words(head) for head in ("id", "state", "alarm_since", "store", "rule", "alarm_said")]
        screen.table(heads, [_row(run, alarm) for alarm in found])

    return Answer({"alarms": [alarm.as_dict(lang) for alarm in found]}, show)


def _row(run: Run, alarm: Alarm) -> Sequence[Any]:
    since = str(alarm.opened_on) + ("" if alarm.cleared_on is None else f" .. {alarm.cleared_on}")
    return (alarm.id, run.words(f"alarm_{alarm.state}"), since, alarm.store, alarm.rule, alarm.said[run.words.language])


def watch_show(run: Run, id: Ident) -> Answer:
    """Show one alarm: what happened, its drivers in money, and its days."""
    alarm, days = run.shop().alarm_show(id)
    lang = run.words.language
    data = {**alarm.as_dict(lang), "days": [day.as_dict() for day in days]}

    def show(screen: Screen) -> None:
        words = run.words
        screen.line(f"{alarm.id}  {alarm.store}  {alarm.rule}  {words(f'alarm_{alarm.state}')}")
        screen.line(alarm.said[lang])
        if alarm.acknowledged_at is not None:
            screen.line(
                words(
                    "alarm_seen",
                    by=alarm.acknowledged_by,
                    at=f"{alarm.acknowledged_at:%Y-%m-%d %H:%M}",
                    note=alarm.note,
                )
            )
        if alarm.account is not None:
            _account(screen, alarm.account)
        rows = [
            (
                day.day,
                _verdict(words, day.verdict),
                day.numbers.get("value"),
                day.numbers.get("expected"),
                "" if day.excess is None else f"{day.excess:+.2f}",
            )
            for day in days
        ]
        screen.table(
            [words(f"alarm_{head}") for head in ("day", "verdict", "value", "expected", "excess")],
            rows,
            right=(2, 3, 4),
        )

    return Answer(data, show)


def _verdict(words: Words, verdict: str) -> str:
    """Whether a day was judged; if not, the code of the reason."""
    return words("alarm_judged") if verdict == "judged" else words("alarm_not_judged", reason=verdict)


def _account(screen: Screen, account: dict[str, Any]) -> None:
    """The account that was made when the alarm opened: doubts first, then drivers."""
    from goldloop.metrics.why_text import driver_name

    words, lang = screen.words, screen.words.language
    for check in account["checks"][lang]:
        if not check["ok"]:
            screen.line(f"! {check['text']}")
    key = "money" if "money" in account["drivers"][0] else "amount"
    rows = [[driver_name(d["driver"], zh=lang == "zh"), d["before"], d["after"], d[key]] for d in account["drivers"]]
    rows.append([words("why_change"), account["before"], account["after"], account["change"]])
    screen.line(words("why_against", against=account["against"]))
    screen.table([words(f"why_{head}") for head in ("driver", "before", "after", "effect")], rows, right=(1, 2, 3))


def watch_ack(
    run: Run,
    id: Ident,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What is being done about it.")] = "",
) -> Answer:
    """Say that an alarm was seen; it stays in the list until it clears by itself."""
    alarm = run.shop().alarm_acknowledge(id, note=note)
    return Answer(alarm.as_dict(run.words.language), lambda screen: screen.line(run.words("alarm_acked", id=alarm.id)))


def watch_insights(
    run: Run,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First business day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last business day.")],
    store: StoreName = "",
    limits: Annotated[
        str, typer.Option(metavar="FILE", help="TOML file with limits in place of the shipped ones.")
    ] = "",
) -> Answer:
    """What stands out: drivers, detractors, unusual days, new trends, concentration, identities that do not close."""
    found = run.shop().insights(first=first, last=last, store=store or None, limits=Path(limits) if limits else None)
    lang = run.words.language

    def show(screen: Screen) -> None:
        if not found:
            return screen.line(run.words("insight_none"))
        for one in found:
            screen.line(f"{run.words(f'insight_{one.kind}')}  {one.said[lang]}")

    return Answer({"insights": [one.as_dict(lang) for one in found]}, show)


# --- rules ------------------------------------------------------------------------------------------------------------
def rules_list(run: Run) -> Answer:
    """List what is watched and from when on it rings."""
    shop = run.shop()
    names = {store.id: store.name for store in shop.stores()}
    rules = [_rule(rule, names) for rule in shop.alarm_rules()]

    def show(screen: Screen) -> None:
        everywhere = run.words("all_stores")
        fields = ("direction", "rate", "amount", "least", "sensitivity")
        heads = [
            run.words(head)
            for head in (
                "rule",
                "rule_watches",
                *(f"rule_{name}" for name in fields),
                "rule_quiet",
                "holds_for",
                "state",
            )
        ]
        rows = [
            (
                rule["rule"], " ".join((rule["figure"] or rule["kind"], *rule["where"])), *(str(rule[name]) for name in fields),
                rule["quiet"] or "", ", ".join(rule["stores"]) or everywhere, run.words("rule_on" if rule["on"] else "rule_off"),
            )
            for rule in rules
        ]  # fmt: skip
        screen.table(heads, rows)

    return Answer({"rules": rules}, show)


def _rule(rule: Rule, names: dict[int, str]) -> dict[str, Any]:
    """A rule as JSON shows it."""
    return {
        "rule": rule.code,
        "kind": rule.kind,
        "figure": rule.figure or None,
        "where": [f"{cut}={value}" for cut, value in rule.where],
        "stores": sorted(names[store] for store in rule.stores),
        "direction": rule.direction,
        "rate": rule.rate,
        "amount": f"{rule.amount.normalize():f}",
        "least": rule.least,
        "sensitivity": rule.sensitivity,
        "quiet": None if rule.quiet is None else "-".join(f"{m // 60:02d}:{m % 60:02d}" for m in rule.quiet),
        "on": rule.enabled,
    }


def rules_add(
    run: Run,
    code: Code,
    figure: Annotated[str, typer.Option(metavar="NAME", help="The figure that is watched.")],
    store: RuleStores = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", metavar="CUT=VALUE", help="Watch only this value of a cut.")
    ] = None,
    direction: Direction = "",
    rate: Rate = None,
    amount: Amount = "",
    least: Least = None,
    sensitivity: Sensitivity = "",
    quiet: Quiet = "",
) -> Answer:
    """Watch a figure of every store, or of some, or of one value of a cut."""
    pairs = [(cut, value) for cut, values in where_pairs(where or []).items() for value in values]
    settings = _settings(direction, rate, amount, least, sensitivity, quiet)
    run.shop().alarm_rule_add(code, stores=_stores(store) or (), figure=figure, where=tuple(pairs), **settings)
    return Answer({"added": code}, lambda screen: screen.line(run.words("rule_added", rule=code)))


def rules_set(
    run: Run,
    code: Code,
    store: RuleStores = None,
    direction: Direction = "",
    rate: Rate = None,
    amount: Amount = "",
    least: Least = None,
    sensitivity: Sensitivity = "",
    quiet: Quiet = "",
    enabled: OnOff = None,
) -> Answer:
    """Change when a rule rings, where, or whether at all; what is left out stays."""
    settings = _settings(direction, rate, amount, least, sensitivity, quiet)
    if enabled is not None:
        settings["enabled"] = enabled
    run.shop().alarm_rule_set(code, stores=_stores(store), **settings)
    return Answer({"changed": code}, lambda screen: screen.line(run.words("rule_changed", rule=code)))


def rules_remove(run: Run, code: Code) -> Answer:
    """Remove a rule with its alarms and their history (to keep those: watch rules set RULE --off)."""
    run.shop().alarm_rule_remove(code)
    return Answer({"removed": code}, lambda screen: screen.line(run.words("rule_removed", rule=code)))


def _settings(
    direction: str, rate: float | None, amount: str, least: int | None, sensitivity: str, quiet: str
) -> dict[str, Any]:
    """The settings that were given."""
    given: dict[str, Any] = {
        "direction": direction or None,
        "rate": rate,
        "amount": _amount(amount) if amount else None,
        "least": least,
        "sensitivity": sensitivity or None,
    }
    found = {name: value for name, value in given.items() if value is not None}
    if quiet:
        found["quiet"] = None if quiet == "none" else _hours(quiet)
    return found


def _stores(given: list[str] | None) -> list[str] | None:
    return [] if given == ["all"] else given


def _amount(text: str) -> Decimal:
    amount = read_amount(text)
    if amount is None:
        raise GoldloopError(
            "alarm_amount_bad", f"'{text}' is no amount.", given=text, allowed="such as 500 or 0.01", amount=text
        )
    return amount


def _hours(text: str) -> tuple[int, int]:
    start, _, end = text.partition("-")
    return parse.minutes(start), parse.minutes(end)


COMMANDS = [
    ("watch run", watch_run),
    ("watch list", watch_list),
    ("watch show", watch_show),
    ("watch ack", watch_ack),
    ("watch insights", watch_insights),
    ("watch rules list", rules_list),
    ("watch rules add", rules_add),
    ("watch rules set", rules_set),
    ("watch rules remove", rules_remove),
]
