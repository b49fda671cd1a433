"""`forecast`: what a figure will come to and how likely a target is; `event review`: what an event brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import events
from goldloop.cli.command import Answer, Run
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.cli.output import Screen

SHOWN_TESTS = 12
PARTS = ("waiting", "inside", "between", "dip", "whole")

Store = Annotated[str, typer.Option("--store", metavar="NAME", help="The store (default: the only one).")]
First = Annotated[str, typer.Option("--from", metavar="DATE", help="First day of the period.")]
Last = Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of the period.")]
Figure = Annotated[str, typer.Option("--figure", metavar="NAME", help="A figure whose days add up.")]
Target = Annotated[str, typer.Option("--target", metavar="AMOUNT", help="What the period is to reach.")]
Known = Annotated[
    str, typer.Option("--known", metavar="DATE", help="Last day that counts as known (default: last loaded).")
]
ByDay = Annotated[bool, typer.Option("--days", help="Show every day.")]
Event = Annotated[str, typer.Argument(metavar="[EVENT]", help="The event as the calendar names it, e.g. 618.")]
Kept = Annotated[int, typer.Option("--id", metavar="NUMBER", help="An event of your calendar, by its number.")]
Year = Annotated[int, typer.Option("--year", metavar="YEAR", help="Its year (default: the newest loaded).")]
Opened = Annotated[
    str, typer.Option("--from", metavar="DATE", help="First open day of an event that no calendar knows.")
]
Closed = Annotated[str, typer.Option("--to", metavar="DATE", help="Last open day of an event that no calendar knows.")]
Products = Annotated[
    list[str] | None, typer.Option("--product", metavar="ID", help="An enrolled product; may be given several times.")
]
Cost = Annotated[str, typer.Option("--cost", metavar="AMOUNT", help="What the event cost: fees, ads, coupons.")]
Margin = Annotated[float, typer.Option("--margin", metavar="SHARE", help="Share of a sale that is left, e.g. 0.4.")]


def forecast(
    run: Run,
    first: First,
    last: Last,
    figure: Figure = "gmv",
    store: Store = "",
    target: Target = "",
    known: Known = "",
    days: ByDay = False,
) -> Answer:
    """What a figure will come to, how earlier forecasts did, and how likely a target is."""
    found = run.shop().forecast(
        figure, store=store or None, first=first, last=last, target=target or None, known=known or None
    )
    data = found.as_dict(run.words.language)
    return Answer(data, lambda screen: _show(screen, data, days=days))


def _show(screen: Screen, data: dict[str, Any], *, days: bool) -> None:
    words = screen.words
    scope = {"store": data["store"], "figure": data["figure"], "first": data["from"], "last": data["to"]}
    screen.line(words("forecast_head", **scope, known=data["known_to"], currency=data["currency"]))
    screen.line(words("forecast_total", expected=_number(data["expected"]), between=_between(words, data)))
    if data["pace"] is not None:
        _show_pace(screen, data["pace"], data["drivers"])
    _show_tests(screen, data)
    if days:
        heads = ("day", "actual", "expected", "low", "high", "needed")
        rows = [[day.get(head) if head == "day" else _number(day.get(head)) for head in heads] for day in data["days"]]
        screen.table(
            [words("forecast_needed_day" if head == "needed" else f"forecast_{head}") for head in heads],
            rows,
            right=range(1, 6),
        )
    for note in data["notes"]:
        screen.line(f"* {note}")


def _show_pace(screen: Screen, pace: dict[str, Any], drivers: list[dict[str, Any]]) -> None:
    words = screen.words
    numbers = {name: _number(pace[name]) for name in ("target", "done", "due")}
    rates = {"reached": f"{pace['reached']:.1%}", "gone": f"{pace['time_gone']:.1%}"}
    screen.line(words("forecast_pace", **numbers, **rates, between=_between(words, pace, "due_low", "due_high")))
    if pace["chance"] is not None:
        screen.line(words("forecast_chance", chance=f"{pace['chance']:.0%}"))
    if pace["needed_a_day"] is not None and pace["factor"] is not None:
        screen.line(words("forecast_needed", needed=_number(pace["needed_a_day"]), factor=f"{pace['factor']:.2f}"))
    if drivers:
        heads = [words(f"forecast_{head}") for head in ("driver", "expected_now", "needed_alone", "needed_together")]
        rows = [
            [words(f"forecast_{one['driver']}"), *(one[n] for n in ("expected", "needed_alone", "needed_together"))]
            for one in drivers
        ]
        screen.table(heads, rows, right=(1, 2, 3))


def _show_tests(screen: Screen, data: dict[str, Any]) -> None:
    """How the methods did, and the newest forecasts of the past beside what came."""
    words = screen.words
    rows = [
        [
            words(f"forecast_by_{one['name']}"),
            one["folds"],
            _rate(one["total_error"]),
            _rate(one["day_error"]),
            _rate(one["weight"]),
        ]
        for one in data["methods"]
    ]
    if rows:
        heads = [words(f"forecast_{head}") for head in ("method", "folds", "total_error", "day_error", "weight")]
        screen.table(heads, rows, right=range(1, 5))
    tests = data["tests"][-SHOWN_TESTS:]
    if tests:
        heads = [words(f"forecast_{head}") for head in ("period", "was_expected", "low", "high", "came")]
        amounts = ("expected", "low", "high", "actual")
        rows = [[f"{one['from']} .. {one['to']}", *(_number(one[name]) for name in amounts)] for one in tests]
        screen.table(heads, rows, right=range(1, 5))
    if data["inside"] is not None:
        screen.line(words("forecast_inside", inside=f"{data['inside']:.0%}"))


def review(
    run: Run,
    event: Event = "",
    kept: Kept = 0,
    store: Store = "",
    year: Year = 0,
    first: Opened = "",
    last: Closed = "",
    figure: Figure = "gmv",
    product: Products = None,
    cost: Cost = "",
    margin: Margin = 1.0,
) -> Answer:
    """What an event brought: while it was open, what was waited before and left out after it, and a verdict."""
    if bool(event) == bool(kept):
        raise GoldloopError(
            "event_which", "Which event? Its name, or --id with its number.", todo="goldloop event list"
        )
    if kept:
        return events.reviewed(run, kept)
    if bool(first) != bool(last):
        raise GoldloopError(
            "event_days_half", "An event of your own needs its first and its last open day.",
            given=first or last, todo="--from DATE --to DATE",
        )  # fmt: skip
    found = run.shop().event_review(
        event,
        store=store or None,
        year=year or None,
        days=(first, last) if first else None,
        figure=figure,
        products=product or (),
        cost=cost or None,
        margin=margin,
    )
    data = found.as_dict(run.words.language)
    return Answer(data, lambda screen: _show_review(screen, data))


def _show_review(screen: Screen, data: dict[str, Any]) -> None:
    words = screen.words
    waves = ", ".join(f"{one['from']} .. {one['to']}" for one in data["waves"])
    screen.line(words("event_head", event=data["event"], store=data["store"], waves=waves, currency=data["currency"]))
    screen.line(words(f"event_{data['sides']}"))
    names = ("actual", "normal", "effect", "low", "high")
    rows = [[words(f"event_{part}"), data[part]["days"], *(_number(data[part][n]) for n in names)] for part in PARTS]
    heads = [words(f"event_{head}") for head in ("part", "days", *names)]
    screen.table(heads, rows, right=range(1, 7))
    if data["enrolled"] is not None:
        own = _number(data["enrolled"]["inside"]["effect"])
        screen.line(words("event_enrolled", enrolled=own, halo=_number(data["halo"])))
    if data["new_buyers"] is not None:
        screen.line(words("event_new_buyers", count=f"{data['new_buyers']:,}"))
    if data.get("second"):
        screen.line(words("event_second", **second_words(data["second"])))
    cost = words("event_no_cost") if data["cost"] is None else _number(data["cost"])
    screen.line(words(f"event_verdict_{data['verdict'] or 'open'}", cost=cost, margin=f"{data['margin']:.0%}"))
    for note in data["notes"]:
        screen.line(f"* {note}")


def second_words(found: dict[str, Any]) -> dict[str, str]:
    """Second purchases of an event's new buyers, for a sentence."""
    shares = {name: f"{found[name]:.1%}" for name in ("share", "low", "high")}
    return {"people": f"{found['people']:,}", "days": str(found["days"]), **shares}


def _number(value: Any) -> str:
    """An amount with its thousands apart; nothing where there is none."""
    if value is None:
        return ""
    whole, point, cents = str(value).partition(".")
    return f"{int(whole):,}{point}{cents}" if whole not in ("-0", "") else str(value)


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _between(words: Any, data: dict[str, Any], low: str = "low", high: str = "high") -> str:
    """The 80 % interval in words; nothing where it is not known or has no width."""
    if data[low] is None or data[low] == data[high]:
        return ""
    return str(words("forecast_between", low=_number(data[low]), high=_number(data[high])))


COMMANDS = [("forecast", forecast), ("event review", review)]
