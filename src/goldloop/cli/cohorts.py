"""`goldloop cohorts`: buyers by the month of their first purchase, and who came back in the months since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Basis, Currency, From, Out, Stores, To
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.cohorts import Cell, Cohorts

FORMS = ("table", "csv", "json", "xlsx")
SHOWN = ("back", "share", "people", "orders", "gmv")
GRAINS = ("month", "week")
MONTHS = 12  # columns of the table on the screen; files hold all

Show = Annotated[
    str, typer.Option("--show", metavar="|".join(SHOWN), help="What the cells of the table on the screen are.")
]
Worth = Annotated[
    bool, typer.Option("--worth", help="Ad cost per new person, margin so far, and after how many months it paid back.")
]
Grain = Annotated[str, typer.Option("--by", metavar="month|week", help="Cohorts by month or by week.")]
Format = Annotated[str, typer.Option("--format", metavar="|".join(FORMS), help="Form of the answer.")]


def cohorts(
    run: Run,
    store: Stores = None,
    first: From = "",
    last: To = "",
    basis: Basis = "auto",
    currency: Currency = "",
    by: Grain = "month",
    show: Show = "back",
    worth: Worth = False,
    form: Format = "",
    out: Out = "",
) -> Answer:
    """Buyers by the month of their first purchase, and how many came back in the months since."""
    from goldloop.cli import output

    if by not in GRAINS:
        raise GoldloopError("choice_bad", f"'{by}' cannot be chosen here.", given=by, allowed=list(GRAINS), name="--by")
    if show not in SHOWN:
        raise GoldloopError(
            "choice_bad", f"'{show}' cannot be chosen here.", given=show, allowed=list(SHOWN), name="--show"
        )
    if worth:
        about: dict[str, Any] = {
            "first": first or None,
            "last": last or None,
            "stores": store or (),
            "basis": basis,
            "by": by,
        }
        of, rows = run.shop().cohort_worth(**about, currency=currency or None)
        said = {"rows": rows, **{n: v for n, v in of.as_dict(run.words.language).items() if n != "rows"}}
        return Answer(said, lambda screen: worth_table(screen, of, rows))
    chosen = list_files.chosen(form, out, FORMS, otherwise="xlsx", name="cohorts")
    found = run.shop().cohorts(
        first=first or None, last=last or None, stores=store or (), basis=basis, currency=currency or None, by=by
    )
    data = found.as_dict(run.words.language)
    if out:
        write(Path(out), chosen, found, run.words.language)
        return Answer({"file": out, **data}, lambda screen: screen.line(run.words("file_written", file=out)))
    if chosen == "csv":
        from goldloop.metrics.cohorts import columns

        text = list_files.csv_text(columns(found), found.rows())
        return Answer(data, lambda screen: screen.raw(text.rstrip("\n")))
    if chosen == "json":
        return Answer(data, lambda screen: output.print_json(data))
    return Answer(data, lambda screen: table(screen, found, show))


def write(path: Path, form: str, found: Cohorts, language: str) -> None:
    """Write the table into a file, one row per cohort and month since; raises `out_failed`."""
    from goldloop.metrics.cohorts import columns

    about = {name: value for name, value in found.as_dict(language).items() if name != "rows"}
    list_files.write(path, form, columns(found), found.rows(), about)


def table(screen: Screen, found: Cohorts, show: str) -> None:
    """One line per cohort, one column per month since; an asterisk behind a month that is not over."""
    words, answer = screen.words, found.as_dict(screen.words.language)
    screen.line(
        f"{', '.join(found.scope['stores'])}   {found.scope['from']} .. {found.scope['to']}   {found.scope['currency']}"
    )
    if found.why is not None:
        screen.line(f"- {answer['reason']['text']}")
    elif found.cohorts:
        months = min(max(len(one.cells) for one in found.cohorts), MONTHS)
        heads = [words(f"cohort_{found.grain}"), words("cohort_size"), *(f"+{n}" for n in range(months))]
        currency = found.scope["currency"]
        rows: list[list[Any]] = [
            [one.label, one.people, *(_cell(cell, show, currency, words("cohort_few")) for cell in one.cells[:months])]
            for one in found.cohorts
        ]
        rows = [[*row, *[""] * (len(heads) - len(row))] for row in rows]
        screen.table(heads, rows, right=range(1, len(heads)))
        screen.line(words(f"cohort_shows_{show}"))
    for note in answer["notes"]:
        screen.line(f"* {note}")


def worth_table(screen: Screen, found: Cohorts, rows: list[dict[str, Any]]) -> None:
    """One line per cohort: people, cost, margin, pay-back."""
    words = screen.words
    columns = ("people", "cac", "margin", "margin_each", "paid_back")
    heads = [words(f"cohort_{found.grain}"), *(words(f"cohort_{name}") for name in columns)]
    lines = [[row[found.grain], *("-" if row[name] is None else row[name] for name in columns)] for row in rows]
    screen.table(heads, lines, right=range(1, len(heads)))
    screen.line(words("cohort_worth_means"))


def _cell(cell: Cell, show: str, currency: str, few: str) -> str:
    from goldloop.metrics.answer import shown

    mark = "*" if cell.open else ""
    if cell.why is not None:
        return "-"
    if show in ("back", "share"):
        value = cell.back_share if show == "back" else cell.share
        return few if value is None else shown(value, "rate", None) + mark
    unit = "money" if show == "gmv" else "count"
    return shown(getattr(cell, show), unit, currency) + mark


COMMANDS = [("cohorts", cohorts), ("members cohorts", cohorts)]
