"""Plans that are kept: `plan new`, `list`, `show`, `change`, `accept`, `sign`, `comment`, `compare`, `split`, `export`, `import`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Stores
from goldloop.cli.plan import show_values, with_variables
from goldloop.core.calendar import GRAINS
from goldloop.core.errors import GoldloopError
from goldloop.core.plan.plan import read_value
from goldloop.metrics.cut_words import value_word

if TYPE_CHECKING:
    from goldloop.apps.planning.api import Plan
    from goldloop.cli.output import Screen
    from goldloop.core.plan.plan import Plan as Solved

OWNERS = "operations|traffic|members"
FORMS = ("table", "json", "csv", "xlsx")
SCREEN = ("gmv", "net", "visitors", "conversion", "buyers", "buyer_value", "new_buyers", "repeat_buyers")

Id = Annotated[int, typer.Argument(help="Number of the plan.")]
Seen = Annotated[
    int,
    typer.Option("--version", metavar="NUMBER", help="The version you looked at; a newer one is never passed over."),
]
Number = Annotated[int | None, typer.Option("--version", metavar="NUMBER", help="Which version (default: the newest).")]
Owner = Annotated[str, typer.Option("--owner", metavar=OWNERS, help="For whose part.")]
Counter = Annotated[str, typer.Option("--owner", metavar=OWNERS, help="Whose counter-offer it is.")]
Locks = Annotated[
    list[str] | None,
    typer.Option("--lock", metavar="'FIGURE PERIOD [STORE]=VALUE'", help="Hold a row; may be given several times."),
]
Free = Annotated[
    list[str] | None,
    typer.Option("--free", metavar="'FIGURE PERIOD [STORE]'", help="Let a held row go; may be given several times."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="GROUP=SHARE", help="Share of a source group in the visitors, such as paid=40."),
]
Note = Annotated[str, typer.Option("--note", help="Why.")]
By = Annotated[str, typer.Option("--by", metavar="|".join(GRAINS), help="Rows of the answer.")]
ByStore = Annotated[bool, typer.Option("--by-store", help="Each store by itself.")]
Form = Annotated[str, typer.Option("--format", metavar="|".join(FORMS), help="Form of the answer.")]
Out = Annotated[str, typer.Option("--out", metavar="FILE", help="Write the answer into a file.")]


@with_variables
def new(
    run: Run,
    name: Annotated[str, typer.Argument(help="What the plan is called.")],
    period: Annotated[str, typer.Option("--period", metavar="2026-06|2027|FROM..TO", help="The days it is for.")],
    store: Stores = None,
    lock: Locks = None,
    source: Sources = None,
    note: Note = "",
    beside: Annotated[int | None, typer.Option("--beside", metavar="ID", help="As a scenario of this plan.")] = None,
    four_eyes_from: Annotated[
        str, typer.Option("--four-eyes-from", metavar="AMOUNT", help="Sales from which one person alone cannot sign.")
    ] = "",
    **given: str,
) -> Answer:
    """Make a plan of a period; its first version is proposed to the three owners."""
    made = run.shop().plan_new(
        name,
        {k: v for k, v in given.items() if v},
        period=period,
        stores=store or (),
        locks=lock or (),
        sources=_sources(source),
        note=note,
        beside=beside,
        four_eyes_from=read_value(four_eyes_from, "four-eyes-from") if four_eyes_from else None,
    )
    return plan_answer(run, made)


@with_variables
def change(
    run: Run,
    id: Id,
    seen: Seen,
    lock: Locks = None,
    free: Free = None,
    source: Sources = None,
    note: Note = "",
    owner: Counter = "",
    **given: str,
) -> Answer:
    """Propose another version: values replaced, rows held or let go; what was said of the old one stays with it."""
    values = {k: v for k, v in given.items() if v}
    made = run.shop().plan_change(
        id, values, seen=seen, locks=lock or (), free=free or (), sources=_sources(source), note=note, owner=owner
    )
    return plan_answer(run, made)


def accept(run: Run, id: Id, seen: Seen, owner: Owner) -> Answer:
    """Accept a version for one owner; it is accepted when all three have."""
    return plan_answer(run, run.shop().plan_accept(id, seen=seen, owner=owner))


def sign(run: Run, id: Id, seen: Seen, owner: Owner) -> Answer:
    """Sign an accepted version for one owner; it is signed when all three have."""
    return plan_answer(run, run.shop().plan_sign(id, seen=seen, owner=owner))


def comment(
    run: Run,
    id: Id,
    text: Annotated[str, typer.Argument(help="What you want to say.")],
    about: Annotated[
        str, typer.Option("--about", metavar="VARIABLE|PERIOD", help="What of the plan it is about.")
    ] = "",
    number: Number = None,
) -> Answer:
    """Say something of a plan."""
    return plan_answer(run, run.shop().plan_comment(id, text, about=about, number=number))


def list_plans(run: Run) -> Answer:
    """List the plans, the newest period first."""
    found = run.shop().plan_list()
    return Answer({"plans": [plan.as_dict() for plan in found]}, lambda screen: _show_list(screen, found))


def show(run: Run, id: Id, number: Number = None) -> Answer:
    """Show a version of a plan: values, held rows, who said what, and what its equations say."""
    shop = run.shop()
    answer, sources = plan_answer(run, shop.plan_show(id, number=number)), shop.plan_sources(id, number=number)
    data = {**(answer.data or {}), "sources": [one.as_dict() for one in sources]}

    def screen(screen: Screen) -> None:
        answer.show(screen)
        for tool, visitors in next((one.tools for one in sources if one.tools), {}).items():
            screen.line(run.words("plan_tool", tool=tool, visitors=f"{visitors:,}"))

    return Answer(data, screen)


def compare(
    run: Run,
    id: Id,
    left: Annotated[int, typer.Argument(help="One version.")],
    right: Annotated[int, typer.Argument(help="The other version.")],
    other: Annotated[
        int | None, typer.Option("--with", metavar="ID", help="The other version is of this plan.")
    ] = None,
) -> Answer:
    """What two versions have differently, of one plan or of two."""
    from goldloop.apps.planning.api import differences

    sides = run.shop().plan_show(id, number=left), run.shop().plan_show(other or id, number=right)
    found = differences(sides[0].version, sides[1].version)
    data = {
        "left": {"plan": sides[0].id, "version": left},
        "right": {"plan": sides[1].id, "version": right},
        "differences": [{"name": d.name, "left": d.left, "right": d.right} for d in found],
    }
    heads = [run.words(f"plan_{head}") for head in ("title", "left_version", "right_version")]
    return Answer(data, lambda screen: screen.table(heads, [[d.name, d.left, d.right] for d in found], right=(1, 2)))


def split(
    run: Run, id: Id, by: By = "month", by_store: ByStore = False, number: Number = None, form: Form = "", out: Out = ""
) -> Answer:
    """A plan's targets by year, quarter, month, week or day; every row sums exactly to the one above."""
    if by not in GRAINS:
        raise GoldloopError("grain_unknown", f"'{by}' is no unit of time.", given=by, allowed=list(GRAINS), grain=by)
    chosen = list_files.chosen(form, out, FORMS, otherwise="json", name="plan")
    plan = run.shop().plan_show(id, number=number)
    found = run.shop().plan_split(id, grain=by, by_store=by_store, number=number)  # type: ignore[arg-type]
    return _targets(run, plan, found, by, chosen, out)


def export(run: Run, id: Id, out: Out, by_store: ByStore = False, number: Number = None) -> Answer:
    """Write a plan's days into a workbook or CSV, to be edited and brought back by plan import."""
    from goldloop.jobs.plans import sheet

    chosen = list_files.chosen("", out, FORMS, otherwise="csv", name="plan")
    plan = run.shop().plan_show(id, number=number)
    columns, rows = sheet(run.shop().plan_split(id, grain="day", by_store=by_store, number=number)["rows"])
    about = {"plan": plan.id, "name": plan.name, "version": plan.version.number, "currency": plan.currency}
    list_files.write(Path(out), chosen, columns, rows, about)
    return Answer(
        {"file": out, **about, "rows": len(rows)}, lambda screen: screen.line(run.words("file_written", file=out))
    )


def import_file(
    run: Run,
    id: Id,
    file: Annotated[Path, typer.Argument(help="The edited file.")],
    seen: Seen,
    apply: Annotated[bool, typer.Option("--apply", help="Propose a version with the changed cells held.")] = False,
    note: Note = "",
) -> Answer:
    """Show what was edited in an exported plan; with --apply the changed cells are held in a new version."""
    found = run.shop().plan_edited(id, file, number=seen)
    changed = [{**edit.lock, "before": edit.before} for edit in found]
    data: dict[str, Any] = {"changed": changed}
    if apply and found:
        data["plan"] = (
            run.shop().plan_change(id, {}, seen=seen, locks=[edit.lock for edit in found], note=note).as_dict()
        )

    def shown(screen: Screen) -> None:
        heads = [run.words(f"plan_{head}") for head in ("day", "store", "title", "left_version", "right_version")]
        screen.table(
            heads, [[c["period"], c["store"], c["figure"], c["before"], c["value"]] for c in changed], right=(3, 4)
        )
        if "plan" in data:
            screen.line(run.words("plan_proposed", number=data["plan"]["current"]))

    return Answer(data, shown)


def _sources(given: list[str] | None) -> dict[str, str] | None:
    """Shares as they were typed; None where nobody says any."""
    return dict((part[0].strip(), part[2]) for part in (text.partition("=") for text in given)) if given else None


def _targets(run: Run, plan: Plan, found: dict[str, Any], by: str, form: str, out: str) -> Answer:
    from goldloop.cli import output

    data = {"plan": plan.id, "version": plan.version.number, "currency": plan.currency, "by": by, **found}
    rows = found["rows"]
    columns = _columns(rows)
    if out:
        list_files.write(Path(out), form, columns, rows, {k: v for k, v in data.items() if k != "rows"})
        return Answer({"file": out, **data}, lambda screen: screen.line(run.words("file_written", file=out)))
    if form == "csv":
        return Answer(data, lambda screen: screen.raw(list_files.csv_text(columns, rows).rstrip("\n")))
    if form == "json":
        return Answer(data, lambda screen: output.print_json(data))
    return Answer(data, lambda screen: _show_rows(screen, rows, found["even"]))


def _columns(rows: list[dict[str, Any]]) -> dict[str, str]:
    from goldloop.jobs.plans import unit_of

    text = ("label", "day", "from", "to", "store")
    return {name: "text" if name in text else unit_of(name) for name in (rows[0] if rows else {})}


def _show_rows(screen: Screen, rows: list[dict[str, Any]], even: list[str]) -> None:
    from goldloop.jobs.plans import unit_of

    sources = [n for n in rows[0] if n.startswith("visitors:")]
    names = [n for n in ("label", "store") if n in rows[0]] + [n for n in (*SCREEN, *sources) if n in rows[0]]
    heads = [screen.words(f"plan_{n}") if n in ("label", "store") else n for n in names]
    cells = [[row[n] if n in ("label", "store") else _cell(row[n], unit_of(n)) for n in names] for row in rows]
    screen.table(heads, cells, right=range(names.index("gmv"), len(names)))
    if even:
        screen.line(screen.words("plan_even", stores=", ".join(even)))


def _cell(value: Any, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "rate":
        return f"{value:.2%}"
    return f"{Decimal(value):,.2f}" if unit in ("money", "money_per") else f"{value:,}"


def plan_answer(run: Run, plan: Plan) -> Answer:
    """A version of a plan as commands show it."""
    from goldloop.jobs.plans import solved

    told = solved(plan.version.values, plan.currency)
    data = {**plan.as_dict(), "solved": told.as_dict(run.words.language)}
    return Answer(data, lambda screen: _show(screen, plan, told))


def _show(screen: Screen, plan: Plan, told: Solved) -> None:
    """Name, period and state; values; held rows; answers and comments; what the equations say."""
    words, version = screen.words, plan.version
    state = words(f"plan_stage_{version.state}")
    screen.line(
        f"{plan.id}  {plan.name}  {plan.first} .. {plan.last}  v{version.number}/{plan.current}  {state}  {version.by}"
    )
    if version.note:
        screen.line(version.note)
    show_values(screen, plan.currency, told.readings[0].found)
    if version.sources:
        whole = sum(map(Decimal, version.sources.values()))
        parts = [
            f"{value_word('source_group', group, zh=words.language == 'zh')} {Decimal(share) / whole:.1%}"
            for group, share in version.sources.items()
        ]
        screen.line(words("plan_sources", shares=", ".join(parts)))
    for lock in version.locks:
        screen.line(
            words("plan_locked", what=f"{lock['figure']} {lock['period']} {lock['store']}".strip(), value=lock["value"])
        )
    for one in version.answers:
        screen.line(
            words(
                f"plan_said_{one.said}",
                owner=words(f"plan_owner_{one.owner}"),
                by=one.by,
                at=f"{one.at:%Y-%m-%d %H:%M}",
            )
        )
    for remark in version.comments:
        screen.line(f"{remark.by}: {remark.about + ': ' if remark.about else ''}{remark.text}")
    said = told.as_dict(words.language)
    for statement in (*said["conflicts"], *said["roundings"]):
        screen.line(f"- {statement['text']}")


def _show_list(screen: Screen, found: list[Plan]) -> None:
    words = screen.words
    rows = [
        [
            p.id,
            p.name,
            f"{p.first} .. {p.last}",
            p.current,
            words(f"plan_stage_{p.version.state}"),
            p.version.values.get("gmv", "-"),
            p.currency,
        ]
        for p in found
    ]
    heads = [words(f"plan_{head}") for head in ("number", "name", "period", "versions", "state", "sales", "currency")]
    screen.table(heads, rows, right=(0, 3, 5))


COMMANDS = [
    ("plan new", new),
    ("plan list", list_plans),
    ("plan show", show),
    ("plan change", change),
    ("plan accept", accept),
    ("plan sign", sign),
    ("plan comment", comment),
    ("plan compare", compare),
    ("plan split", split),
    ("plan export", export),
    ("plan import", import_file),
]
