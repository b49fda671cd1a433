"""`plan`: a month's plan as one system of equations. `solve` and `check` need no store and no data."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.core.plan.variables import EQUATIONS, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from goldloop.cli.output import Screen
    from goldloop.cli.words import Words
    from goldloop.core.plan.plan import Plan
    from goldloop.core.plan.solution import Solution

OPEN_CAC = "CAC that does not say which one: both readings."
Listed = Annotated[bool, typer.Option("--list", help="List the variables and their equations.")]
Currency = Annotated[str, typer.Option("--currency", metavar="CODE", help="Currency of the plan (ISO 4217).")]


def with_variables(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """The command with an option for every variable of a plan, as it is called there."""
    own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
    said = {"cac": OPEN_CAC} | {v.name: f"{v.en[0].upper()}{v.en[1:]}." for v in VARIABLES.values()}
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default="",
            annotation=Annotated[str, typer.Option("--" + name.replace("_", "-"), metavar="NUMBER", help=text)],
        )
        for name, text in said.items()
    ]
    first, *others = own
    others = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in others]
    function.__signature__ = inspect.Signature([first, *options, *others])  # type: ignore[attr-defined]
    return function


@with_variables
def solve(run: Run, listed: Listed = False, currency: Currency = "CNY", **given: str) -> Answer:
    """Solve a month's plan from what is known of it: what follows, what clashes, what is only rounded, what is missing."""
    if listed:
        return _listed(run.words)
    plan = _plan(given, currency)
    data = plan.as_dict(run.words.language)
    return Answer(data, lambda screen: _show(screen, plan, data))


@with_variables
def check(run: Run, currency: Currency = "CNY", **given: str) -> Answer:
    """Hold a month's plan against its equations; the exit code is 1 where they do not close."""
    plan = _plan(given, currency)
    data = plan.as_dict(run.words.language)
    data = {"closes": plan.closes, **{k: data[k] for k in ("currency", "given", "checks", "conflicts", "roundings")}}
    return Answer(data, lambda screen: _show_checks(screen, data), exit_code=0 if plan.closes else 1)


def _plan(given: dict[str, str], currency: str) -> Plan:
    from goldloop.core.plan.plan import plan_solve

    return plan_solve(currency=currency.upper(), **{name: value for name, value in given.items() if value})  # type: ignore[arg-type]


def _listed(words: Words) -> Answer:
    from goldloop.core.plan.words import formula

    lang = words.language
    data = {
        "variables": [
            {
                "name": v.name,
                "unit": v.unit,
                "title": v.title(lang),
                "equations": [e.name for e in EQUATIONS.values() if v.name in e.variables],
            }
            for v in VARIABLES.values()
        ],
        "equations": [{"name": e.name, "text": e.text, "formula": formula(e.name, lang)} for e in EQUATIONS.values()],
    }
    return Answer(data, lambda screen: _show_list(screen, data))


def _show_list(screen: Screen, data: dict[str, Any]) -> None:
    words = screen.words
    screen.table(
        [words(f"plan_{head}") for head in ("option", "title", "unit", "equations")],
        [
            [f"--{v['name'].replace('_', '-')}", v["title"], words(f"plan_unit_{v['unit']}"), ", ".join(v["equations"])]
            for v in data["variables"]
        ],
    )
    screen.table(
        [words(f"plan_{head}") for head in ("equation", "formula")],
        [[e["name"], e["formula"]] for e in data["equations"]],
    )


def _show(screen: Screen, plan: Plan, data: dict[str, Any]) -> None:
    """The values given and solved, by reading where there are two, and then every sentence."""
    words = screen.words
    for reading in plan.readings:
        if reading.cac:
            screen.line(words("plan_reading", cac=VARIABLES[reading.cac].title(words.language)))
        show_values(screen, plan.currency, reading.found)
    for key in ("findings", "conflicts", "roundings", "missing"):
        for one in data[key]:
            about = one.get("reading")
            head = f"[{VARIABLES[about].title(words.language)}] " if about else ""
            screen.line(f"{words(f'plan_mark_{key}')} {head}{one['text']}")


def show_values(screen: Screen, currency: str, found: Solution) -> None:
    """A table of the given and the solved values, each with where it comes from."""
    from goldloop.core.plan.words import formula, shown

    words, lang = screen.words, screen.words.language
    rows = []
    for variable in VARIABLES.values():
        known = found.values.get(variable.name)
        if known is None:
            continue
        reason = words("plan_given")
        if variable.name in found.solved:
            reason = "; ".join(formula(e, lang) for e in found.by[variable.name])
        rows.append([variable.title(lang), shown(variable.name, known, currency, lang), reason])
    screen.table([words(f"plan_{head}") for head in ("title", "value", "from")], rows, right=[1])


def _show_checks(screen: Screen, data: dict[str, Any]) -> None:
    words, lang = screen.words, screen.words.language
    rows = []
    for one in data["checks"]:
        about = VARIABLES[one["reading"]].title(lang) if "reading" in one else ""
        exact = "" if one["state"] == "closes" else f"{one['exact']}"
        rows.append([words(f"plan_state_{one['state']}"), one["formula"], f"{one['value']}", exact, about])
    heads = [words(f"plan_{head}") for head in ("state", "formula", "left", "exact", "reading_head")]
    screen.table(heads, rows, right=(2, 3))
    for one in (*data["conflicts"], *data["roundings"]):
        screen.line(f"- {one['text']}")


COMMANDS = [("plan solve", solve), ("plan check", check)]
