"""Events of the calendar: `event new`, `list`, `show`, `change`, `accept`, `decline`, `cancel`, `task`, `export`, `import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Stores
from goldloop.cli.forecast import second_words
from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.event_words import title, why

if TYPE_CHECKING:
    from goldloop.apps.calendar.api import Event, Task
    from goldloop.cli.output import Screen
    from goldloop.core.viewer import Viewer
    from goldloop.jobs.events import Reviewed

OWNERS = "operations|traffic|members"
KINDS = "platform|store|members|acquisition|coupon|ads|launch|other"
FORMS = ("table", "json", "csv", "xlsx", "ics")
PARTS = ("waiting", "inside", "dip", "whole")

Id = Annotated[int, typer.Argument(help="Number of the event.")]
Seen = Annotated[
    int,
    typer.Option("--version", metavar="NUMBER", help="The version you looked at; a newer one is never passed over."),
]
Number = Annotated[int | None, typer.Option("--version", metavar="NUMBER", help="Which version (default: the newest).")]
Phases = Annotated[
    list[str] | None,
    typer.Option("--phase", metavar="'[KIND] FROM[..TO] [NAME]'", help="A phase, such as 'warm_up 2026-06-12..2026-06-15'; may be given several times."),
]  # fmt: skip
Enrolled = Annotated[
    list[str] | None,
    typer.Option("--product", metavar="ID[=PRICE[/STOCK]]", help="An enrolled product; may be given several times."),
]
Kind = Annotated[str, typer.Option("--kind", metavar=KINDS, help="What kind of event it is (default: store).")]
Fee = Annotated[str, typer.Option("--fee", metavar="AMOUNT", help="What the event costs: fees, ads, coupons.")]
Target = Annotated[str, typer.Option("--target", metavar="AMOUNT", help="Sales that its open days are to bring.")]
TargetBuyers = Annotated[
    str, typer.Option("--target-new-buyers", metavar="COUNT", help="New buyers that it is to bring.")
]
Share = Annotated[str, typer.Option("--margin", metavar="SHARE", help="Share of a sale that is left, e.g. 0.4.")]
Hypothesis = Annotated[str, typer.Option("--hypothesis", metavar="TEXT", help="Why it should work.")]
Note = Annotated[str, typer.Option("--note", help="Why.")]
Owner = Annotated[str, typer.Option("--owner", metavar=OWNERS, help="Who proposes it; operations takes it at once.")]
First = Annotated[str, typer.Option("--from", metavar="DAY", help="Events that touch the days from here on.")]
Last = Annotated[str, typer.Option("--to", metavar="DAY", help="Events that touch the days up to here.")]
Out = Annotated[str, typer.Option("--out", metavar="FILE", help="The file to write: .csv, .xlsx, .json or .ics.")]


def new(
    run: Run,
    name: Annotated[str, typer.Argument(help="What the event is called.")],
    phase: Phases = None,
    store: Stores = None,
    kind: Kind = "store",
    product: Enrolled = None,
    fee: Fee = "",
    target: Target = "",
    target_new_buyers: TargetBuyers = "",
    margin: Share = "",
    hypothesis: Hypothesis = "",
    owner: Owner = "operations",
    note: Note = "",
) -> Answer:
    """Put an event into the calendar: checklist laid out, baseline frozen."""
    given = {"name": name, "kind": kind} | _given(phase, product, fee, target, target_new_buyers, margin, hypothesis)
    return _shown(run, run.shop().event_new(given, stores=store or (), owner=owner, note=note))


def change(
    run: Run,
    id: Id,
    seen: Seen,
    name: Annotated[str, typer.Option("--name", help="What the event is called.")] = "",
    phase: Phases = None,
    kind: Annotated[str, typer.Option("--kind", metavar=KINDS, help="What kind of event it is.")] = "",
    product: Enrolled = None,
    fee: Fee = "",
    target: Target = "",
    target_new_buyers: TargetBuyers = "",
    margin: Share = "",
    hypothesis: Hypothesis = "",
    note: Note = "",
) -> Answer:
    """Give an event another version: what is named is replaced, what it was stays in its history."""
    given = {"name": name, "kind": kind} | _given(phase, product, fee, target, target_new_buyers, margin, hypothesis)
    named = {field: text for field, text in given.items() if text}
    return _shown(run, run.shop().event_change(id, named, seen=seen, note=note))


def accept(run: Run, id: Id, seen: Seen, note: Note = "") -> Answer:
    """Take a proposed event into the calendar."""
    return _shown(run, run.shop().event_answer(id, "accepted", seen=seen, why=note))


def decline(run: Run, id: Id, seen: Seen, note: Note = "") -> Answer:
    """Decline a proposed event, with the reason."""
    return _shown(run, run.shop().event_answer(id, "declined", seen=seen, why=note))


def cancel(run: Run, id: Id, seen: Seen, note: Note = "") -> Answer:
    """Call an event off; it stays in the calendar as cancelled."""
    return _shown(run, run.shop().event_answer(id, "cancelled", seen=seen, why=note))


def list_events(run: Run, first: First = "", last: Last = "", store: Stores = None) -> Answer:
    """List the events, the oldest first."""
    shop = run.shop()
    found = _listed(run, first, last, store)
    viewer = shop.viewer()
    names = {one.id: one.name for one in shop.stores()}
    data = {"events": [as_dict(event, names, viewer, run.words.language) for event in found]}
    return Answer(data, lambda screen: _show_list(screen, found))


def show(run: Run, id: Id, number: Number = None) -> Answer:
    """Show an event: phases, goals, frozen baseline, checklist, what it brought, and its history."""
    return _shown(run, run.shop().event_show(id, number=number))


def task(
    run: Run,
    id: Id,
    task: Annotated[int | None, typer.Argument(metavar="[TASK]", help="Number of the task.")] = None,
    done: Annotated[bool, typer.Option("--done", help="It is done.")] = False,
    reopen: Annotated[bool, typer.Option("--open", help="It is open again.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="It is not needed.")] = False,
    add: Annotated[str, typer.Option("--add", metavar="TEXT", help="Add a task of your own.")] = "",
    owner: Annotated[str, typer.Option("--owner", metavar=OWNERS, help="Whose task it is.")] = "operations",
    before: Annotated[
        int,
        typer.Option("--before", metavar="DAYS", help="Due so many days before the opening; below 0: after the end."),
    ] = 0,
) -> Answer:
    """The checklist of an event; tick a task, or add one."""
    states = [state for state, said in (("done", done), ("open", reopen), ("dropped", drop)) if said]
    if len(states) > 1 or (states and task is None) or (add and task is not None):
        raise GoldloopError(
            "event_task_asked", "One task with one of --done, --open and --drop, or --add TEXT.", given=states or add
        )
    shop = run.shop()
    if add:
        event = shop.event_task_add(id, add, owner=owner, days=before)
    elif states and task is not None:
        event = shop.event_task_set(id, task, states[0])
    else:
        event = shop.event_show(id)
    data = {"event": event.id, "tasks": [one.as_dict(run.words.language) for one in event.tasks]}
    return Answer(data, lambda screen: _show_tasks(screen, event.tasks))


def export(run: Run, out: Out, first: First = "", last: Last = "", store: Stores = None) -> Answer:
    """Write events into a workbook or CSV, to be edited and brought back by event import, or into a calendar file (ICS)."""
    form = list_files.chosen("", out, FORMS, otherwise="csv", name="events")
    found = _listed(run, first, last, store)
    from goldloop.jobs import events, ics  # reads the database, which is there once the shop is open

    columns, rows = events.rows(run.shop().viewer(), found)
    if form == "ics":
        with list_files.writing(Path(out)):
            Path(out).write_bytes(ics.calendar(found, run.words.language))
    else:
        list_files.write(Path(out), form, dict.fromkeys(columns, "text"), rows, {"events": len(rows)})
    return Answer({"file": out, "rows": len(rows)}, lambda screen: screen.line(run.words("file_written", file=out)))


def import_file(
    run: Run,
    file: Annotated[Path, typer.Argument(help="The edited file.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Make the new events and change the others, all or none.")
    ] = False,
    note: Note = "",
) -> Answer:
    """Show what a file of events asks for; with --apply it is done."""
    found = run.shop().events_edited(file)
    data: dict[str, Any] = {
        "rows": [
            {
                "row": one.row,
                "event": one.id,
                "changes": [{"name": name, "before": a, "after": b} for name, a, b in one.changes],
            }
            for one in found
        ]
    }
    if apply:
        data["events"] = [event.id for event in run.shop().events_apply(found, note=note)]

    def shown(screen: Screen) -> None:
        words = run.words
        heads = [words(head) for head in ("event_row", "event_number", "event_field", "event_was", "event_becomes")]
        rows = [(one.row, one.id or words("event_is_new"), *change) for one in found for change in one.changes]
        screen.table(heads, rows, right=[0])
        if apply:
            screen.line(words("events_done", count=len(data["events"])))

    return Answer(data, shown)


def reviewed(run: Run, id: int) -> Answer:
    """What a kept event brought each of its stores."""
    shop = run.shop()
    event, found = shop.event_show(id), shop.event_reviews(id)
    data = {
        "event": id,
        "name": event.content.name,
        "reviews": review_dicts(found, event, shop.viewer(), run.words.language),
    }

    def shown(screen: Screen) -> None:
        screen.line(_head(screen, event))
        _show_reviews(screen, found)

    return Answer(data, shown)


def as_dict(event: Event, names: dict[int, str], viewer: Viewer, lang: str) -> dict[str, Any]:
    """An event as JSON carries it, but for what is masked for this viewer."""
    from goldloop.core.money import to_text
    from goldloop.jobs.events import masked

    said = event.content.as_dict()
    for field in masked(viewer, event):
        said.pop(field)
    return {
        "id": event.id,
        "version": event.version.number,
        "current": event.current,
        "state": event.state,
        "owner": event.owner,
        "stores": [names[store] for store in sorted(event.stores)],
        "currency": event.currency,
        **said,
        "title": title(event.content, lang),
        "hypothesis": why(event.content, lang) or None,
        "baseline": {
            names[store]: {str(day): to_text(value, event.currency) for day, value in days.items()}
            for store, days in sorted(event.version.baseline.items())
        },
        "by": event.version.by,
        "at": event.version.at.isoformat(),
        "note": event.version.note,
        "tasks": [one.as_dict(lang) for one in event.tasks],
    }


def review_dicts(found: list[Reviewed], event: Event, viewer: Viewer, lang: str) -> list[dict[str, Any]]:
    """Reviews as JSON carries them, but for what is masked for this viewer."""
    from goldloop.jobs.events import masked

    hidden = masked(viewer, event)
    return [
        {
            "store": one.store,
            "final": one.final,
            "known_to": None if one.known is None else str(one.known),
            "problem": None if one.problem is None else one.problem.code,
            "told": None
            if one.told is None
            else {
                name: value[lang] if name == "notes" else value
                for name, value in one.told.items()
                if name not in hidden
            },
        }
        for one in found
    ]


def _given(
    phase: list[str] | None, product: list[str] | None, fee: str, target: str, buyers: str, margin: str, why: str
) -> dict[str, str]:
    """Fields of an event as they are typed, several values of one by line."""
    return {
        "phases": "\n".join(phase or ()), "products": "\n".join(product or ()), "fee": fee, "target": target,
        "target_new_buyers": buyers, "margin": margin, "hypothesis": why,
    }  # fmt: skip


def _listed(run: Run, first: str, last: str, store: list[str] | None) -> list[Event]:
    low, high = (parse_day(text) if text else None for text in (first, last))
    return run.shop().events(first=low, last=high, stores=store or ())


def _shown(run: Run, event: Event) -> Answer:
    shop = run.shop()
    lang, viewer = run.words.language, shop.viewer()
    names = {one.id: one.name for one in shop.stores()}
    found = shop.event_reviews(event.id, number=event.version.number)  # may keep one, which the history then has
    history = shop.event_history(event.id)
    data = {
        **as_dict(event, names, viewer, lang),
        "reviews": review_dicts(found, event, viewer, lang),
        "history": [one.as_dict() for one in history],
    }
    return Answer(data, lambda screen: _show(screen, event, names, data, found))


def _head(screen: Screen, event: Event) -> str:
    words, version = screen.words, event.version
    days = f"{event.days.first} .. {event.days.last}"
    state = words(f"event_state_{event.state}")
    return f"{event.id}  {title(event.content, words.language)}  {days}  v{version.number}/{event.current}  {state}  {version.by}"


def _show(screen: Screen, event: Event, names: dict[int, str], data: dict[str, Any], found: list[Reviewed]) -> None:
    """Name, days and state; phases and goals; the baseline; checklist, reviews and history."""
    words, content = screen.words, event.content
    screen.line(_head(screen, event))
    screen.line(", ".join(names[store] for store in sorted(event.stores)) + f"  {words(f'event_kind_{content.kind}')}")
    for phase in content.phases:
        ends = f"{phase.first:%Y-%m-%d %H:%M} .. {phase.last:%Y-%m-%d %H:%M}"
        screen.line(f"{words(f'event_phase_{phase.kind}')}  {ends}  {phase.name}".rstrip())
    for field in ("fee", "target", "target_new_buyers", "margin", "hypothesis"):
        if data.get(field) is not None:
            screen.line(f"{words(f'event_said_{field}')}: {data[field]}")
    for one in content.products:
        screen.line(f"{words('event_said_product')}: {one.id}  {one.price}  {one.stock}".rstrip())
    _show_baseline(screen, event)
    _show_tasks(screen, event.tasks)
    _show_reviews(screen, found)
    for line in data["history"]:
        about = " ".join(part for part in (line["about"], _moved(line["before"], line["after"])) if part)
        screen.line(
            f"{line['at'][:16].replace('T', ' ')}  {line['by']}  {words('event_did_' + line['what'])}  {about}".rstrip()
        )


def _moved(before: str | None, after: str | None) -> str:
    return (after or "") if before is None else f"{before} -> {after or '-'}".replace("\n", "; ")


def _show_baseline(screen: Screen, event: Event) -> None:
    from goldloop.core.money import to_text

    values = [event.normal(one) for one in event.content.waves]
    if None in values:
        return screen.line(screen.words("event_baseline_none"))
    total = to_text(sum(value or 0 for value in values), event.currency)
    screen.line(screen.words("event_baseline", total=f"{total} {event.currency}", at=f"{event.version.at:%Y-%m-%d}"))


def _show_tasks(screen: Screen, tasks: tuple[Task, ...]) -> None:
    words = screen.words
    heads = [words(f"event_{head}") for head in ("number", "due", "task", "owner", "task_state")]
    rows = [
        (one.id, str(one.due), one.words[words.language], words(f"plan_owner_{one.owner}"), words(f"event_task_{one.state}"))
        for one in tasks
    ]  # fmt: skip
    screen.table(heads, rows, right=[0])


def _show_reviews(screen: Screen, found: list[Reviewed]) -> None:
    words = screen.words
    names = ("actual", "normal", "effect", "low", "high")
    for one in found:
        if one.told is None:
            assert one.problem is not None
            screen.line(f"{one.store}: {words.error(one.problem)}")
            continue
        told = one.told
        screen.line(
            words("event_review_final" if one.final else "event_review_so_far", store=one.store, known=one.known)
        )
        rows = [[words(f"event_{part}"), told[part]["days"], *(told[part][n] for n in names)] for part in PARTS]
        screen.table([words(f"event_{head}") for head in ("part", "days", *names)], rows, right=range(1, 7))
        if told["new_buyers"] is not None:
            screen.line(words("event_new_buyers", count=f"{told['new_buyers']:,}"))
        if told.get("second"):
            screen.line(words("event_second", **second_words(told["second"])))
        cost = words("event_no_cost") if told["cost"] is None else told["cost"]
        screen.line(words(f"event_verdict_{told['verdict'] or 'open'}", cost=cost, margin=f"{told['margin']:.0%}"))
        for note in told["notes"][words.language]:
            screen.line(f"* {note}")


def _show_list(screen: Screen, found: list[Event]) -> None:
    words = screen.words
    rows = [
        (
            one.id,
            title(one.content, words.language),
            f"{one.days.first} .. {one.days.last}",
            words(f"event_kind_{one.content.kind}"),
            words(f"event_state_{one.state}"),
            f"{sum(task.state != 'open' for task in one.tasks)}/{len(one.tasks)}",
            one.content.said.get("target", "-"),
        )
        for one in found
    ]
    heads = [words(f"event_{head}") for head in ("number", "name", "period", "kind", "state", "ready", "said_target")]
    screen.table(heads, rows, right=(0, 5, 6))


COMMANDS = [
    ("event new", new),
    ("event list", list_events),
    ("event show", show),
    ("event change", change),
    ("event accept", accept),
    ("event decline", decline),
    ("event cancel", cancel),
    ("event task", task),
    ("event export", export),
    ("event import", import_file),
]
