"""`profile list|show|new|check|template`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen

if TYPE_CHECKING:
    from goldloop.connectors.profile import Profile
    from goldloop.jobs.profiles import Checked

File = Annotated[str, typer.Argument(metavar="FILE", help="An export file.")]
SOURCES = ("yours", "built_in", "template")
To = Annotated[str, typer.Option("--to", metavar="PATH", help="Where to write it (default: the current folder).")]


def profile_list(run: Run) -> Answer:
    """List the known formats, your own first."""
    from goldloop.jobs import profiles

    found = [_row(run, profile) for profile in profiles.known_profiles(_folder(run))]
    rows = sorted(found, key=lambda row: SOURCES.index(row["source"]))

    def show(screen: Screen) -> None:
        heads = ("id", "title", "platform", "tables", "own")
        table = [
            (r["id"], r["title"], _platforms(run, r["platforms"]), ", ".join(r["tables"]), run.words(r["source"]))
            for r in rows
        ]
        screen.table([run.words(head) for head in heads], table)

    return Answer({"profiles": rows}, show)


def profile_show(
    run: Run, id: Annotated[str, typer.Argument(metavar="ID|FILE", help="Id of a format, or its file.")]
) -> Answer:
    """Show a format: by which columns it is known, and where each column goes."""
    from goldloop.jobs import profiles

    profile = profiles.profile_by_id(_folder(run), id)
    data = {
        **_row(run, profile),
        "about": profile.about,
        "required": [list(names) for names in profile.required],
        "needs_period": profile.needs_period,
        "columns": profile.mapped(),
        "other_names": profile.other_names,
        "ignored": sorted(profile.ignored),
    }

    def show(screen: Screen) -> None:
        screen.line(run.words("profile_is", id=profile.id, title=data["title"]))
        if profile.about:
            screen.line(profile.about)
        screen.line(run.words("profile_platforms", platforms=_platforms(run, data["platforms"])))
        own_names = ([name for name in names if name not in profile.aliases] for names in profile.required)
        known_by = [run.words("or").join(names) for names in own_names]
        screen.line(run.words("profile_known_by", columns=", ".join(known_by)))
        _columns(screen, data["columns"], data["other_names"])
        if profile.ignored:
            screen.line(run.words("profile_ignores", columns=", ".join(data["ignored"])))

    return Answer(data, show)


def profile_check(
    run: Run,
    file: File,
    profile: Annotated[str, typer.Option(metavar="ID|FILE", help="Try only this format.")] = "",
) -> Answer:
    """Say how a file is understood: which format, how sure, where each column goes, which are not used."""
    from goldloop.jobs import profiles

    sheets = profiles.check(_folder(run), Path(file), profile or None)

    def show(screen: Screen) -> None:
        for sheet in sheets:
            _show_checked(screen, Path(file).name, sheet)

    return Answer({"file": Path(file).name, "sheets": [_as_dict(sheet) for sheet in sheets]}, show)


def profile_new(
    run: Run,
    file: File,
    map: Annotated[
        str,
        typer.Option(
            "--map",
            metavar="PROFILE_FILE",
            help="A format you corrected: keep it, such files are recognised from then on.",
        ),
    ] = "",
    to: To = "",
) -> Answer:
    """Describe a file that nobody knows: write a format with guesses to correct, or keep a corrected one (--map)."""
    from goldloop.jobs import profiles

    if map:
        learned = run.shop(create=True).profile_learn(file, map)
        return Answer({"learned": learned}, lambda screen: screen.line(run.words("profile_learned", profile=learned)))
    target = Path(to) if to else Path(f"{Path(file).stem}.toml")
    text = profiles.guessed(_folder(run), Path(file), target)

    def show(screen: Screen) -> None:
        screen.line(text)
        screen.line(run.words("profile_made", path=target, file=file))

    return Answer({"path": str(target), "profile": text}, show)


def profile_template(
    run: Run,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A fact table, such as store_day.")],
    to: To = "",
) -> Answer:
    """Write an empty file for a fact table, its columns explained; filled, it is imported like any export."""
    from goldloop.jobs import profiles

    target = Path(to) if to else Path(f"goldloop-{table}.csv")
    columns = profiles.template(table, target, run.words.meaning)

    def show(screen: Screen) -> None:
        screen.table([run.words("column"), run.words("meaning")], list(columns.items()))
        screen.line(run.words("template_made", path=target))

    return Answer({"path": str(target), "columns": columns}, show)


def _folder(run: Run) -> Path:
    from goldloop import home

    return home.locate(run.folder).profiles


def _platforms(run: Run, platforms: list[str]) -> str:
    return ", ".join(platforms) or run.words("platform_any")


def _row(run: Run, profile: Profile) -> dict[str, Any]:
    own = Path(profile.origin).parent == _folder(run)
    template = profile.id == profile.origin
    return {
        "id": profile.id,
        "title": profile.title[run.words.language],
        "platforms": list(profile.platforms),
        "tables": list(profile.tables),
        "source": "yours" if own else "template" if template else "built_in",
    }


def _as_dict(sheet: Checked) -> dict[str, Any]:
    return {
        "member": sheet.member,
        "sheet": sheet.sheet,
        "profile": sheet.profile,
        "confidence": round(sheet.confidence, 4),
        "header_row": sheet.header_row,
        "columns": sheet.mapped,
        "unused": sheet.unused,
        "missing": sheet.missing,
        "reasons": sheet.reasons,
        "alternatives": [{**asdict(other), "confidence": round(other.confidence, 4)} for other in sheet.alternatives],
    }


def _show_checked(screen: Screen, file: str, sheet: Checked) -> None:
    words = screen.words
    screen.line(" / ".join(part for part in (file, sheet.member, sheet.sheet) if part))
    if sheet.profile:
        sure = f"{sheet.confidence:.0%}"
        screen.line("  " + words("profile_sure", profile=sheet.profile, sure=sure, header=sheet.header_row))
        for reason in sheet.reasons:
            screen.line("  " + words.note(reason["code"], reason["text"], **reason["params"]))
        _columns(screen, sheet.mapped)
    else:
        screen.line("  " + words("profile_none"))
    for key, names in (("unused", sheet.unused), ("missing", sheet.missing)):
        if names:
            screen.line(words(key, columns=", ".join(names)))
    for other in sheet.alternatives:
        key = "other_lacks" if other.missing else "other_refuses" if other.unwanted else "other_fits"
        columns = ", ".join(other.missing or other.unwanted)
        screen.line(words(key, profile=other.profile, sure=f"{other.confidence:.0%}", columns=columns))


def _columns(screen: Screen, columns: dict[str, list[str]], other_names: Mapping[str, list[str]] | None = None) -> None:
    heads = [screen.words("column"), screen.words("goes_to")]
    rows: list[Sequence[str]] = [(name, ", ".join(places)) for name, places in columns.items()]
    if other_names:
        heads.append(screen.words("other_names"))
        rows = [(*row, ", ".join(other_names.get(row[0], ()))) for row in rows]
    screen.table(heads, rows)


COMMANDS = [
    ("profile list", profile_list),
    ("profile show", profile_show),
    ("profile new", profile_new),
    ("profile check", profile_check),
    ("profile template", profile_template),
]
