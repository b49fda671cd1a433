"""Writes docs/reference from the code, so that it cannot say anything else: figures, tables, profiles, commands.

python docs/generate.py            write the pages
python docs/generate.py --check    only compare; ends with 1 and the names of the pages that differ
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).resolve().parent / "reference"
COMMON = ("help", "as_json", "home", "lang")  # options that every command has
NOTE = "<!-- Written by `make docs` from {source}. Change that, not this page. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Lines of a Markdown table; bars inside cells are escaped."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


def code(names: Iterable[str]) -> str:
    """Names as inline code, with blanks between them."""
    return " ".join(f"`{n}`" for n in names)


def figures() -> Iterator[str]:
    """Every figure and every cut."""
    from goldloop.metrics.cuts import CUTS
    from goldloop.metrics.definitions import DEFAULT, FIGURES

    units = {
        "money": "money", "money_per": "money per something", "rate": "rate (0.01 = 1 %)", "count": "count",
        "number": "number", "seconds": "seconds",
    }  # fmt: skip
    adds = {"yes": "adds up", "no": "counted again for every scope", "ratio": "ratio of the sums"}
    yield "# Figures"
    yield ""
    yield NOTE.format(source="goldloop.metrics.definitions and goldloop.metrics.cuts")
    yield ""
    yield f"{len(FIGURES)} figures. `goldloop figures` without a name answers with {code(DEFAULT)}."
    yield "*needs*: the fact tables without which the figure is empty; `a|b` means either of them."
    for figure in FIGURES.values():
        yield ""
        yield f"## {figure.name}"
        yield ""
        yield f"**{figure.zh}**, {figure.en}: {figure.doc}"
        yield ""
        yield f"- formula: {figure.formula}"
        yield f"- unit: {units[figure.unit]}; {adds[figure.additive]}; needs {code(figure.needs) or 'nothing'}"
    yield ""
    yield "# Cuts"
    yield ""
    yield "By what figures can be split (`--by`) or filtered (`--where`). Every column of a loaded product file is a cut too."
    yield ""
    yield from table(
        ("cut", "中文", "known by", "what it is"), ((f"`{c.name}`", c.zh, c.level, c.doc) for c in CUTS.values())
    )


def tables() -> Iterator[str]:
    """Every fact table, column by column."""
    from goldloop.lake.schema import TABLES

    merges = {"newest": "newest", "known": "newest known", "first": "first known", "best": "best source"}
    yield "# Fact tables"
    yield ""
    yield NOTE.format(source="goldloop.lake.schema")
    yield ""
    yield from (
        "Money is in whole minor units of the row's `currency`. Times are wall clock in the store's own zone, days are its",
        "business days. A template for each table: `goldloop profile template TABLE`.",
        "",
        "*when files differ*: `newest` - the newest statement of a file that carries the column, also an empty one; `newest",
        "known` - the newest one that says something; `first known` - the oldest one that says something; `computed` - by",
        "goldloop, no file states it.",
    )
    for name, fact in TABLES.items():
        yield ""
        yield f"## {name}"
        yield ""
        place = f"; placed by the month of `{fact.month_of}`" if fact.month_of else ""
        yield f"{fact.doc} Key: {code(fact.key)}{place}."
        yield ""
        rows = (
            (
                f"`{c.name}`",
                c.type,
                c.unit,
                c.doc,
                "computed" if c.derived else "key" if c.name in fact.key else merges[c.merge],
            )
            for c in fact.columns
        )
        yield from table(("column", "type", "unit", "what it is", "when files differ"), rows)


def profiles() -> Iterator[str]:
    """Every built-in file profile."""
    from goldloop.connectors.profile import load_profiles

    yield "# File profiles"
    yield ""
    yield NOTE.format(source="src/goldloop/connectors/profiles/*.toml")
    yield ""
    yield from (
        "The exports that are recognised without a hint. A file belongs to a profile when it has all of its *recognised by*",
        "columns, by exact name. Another form of the same export: `goldloop profile new FILE`. A plain template for every",
        "fact table: `goldloop profile template TABLE`.",
    )
    known = sorted(load_profiles(None), key=lambda p: p.id)
    yield ""
    yield f"{len(known)} profiles:"
    yield ""
    rows = ((f"[{p.id}](#{p.id})", p.title["zh"], p.title["en"], any_of(p.platforms), code(p.tables)) for p in known)
    yield from table(("profile", "中文", "English", "platforms", "fills"), rows)
    for profile in known:
        yield ""
        yield from profile_page(profile)


def profile_page(profile: Any) -> Iterator[str]:
    """One profile: by what it is known, what to know about it, and where each column goes."""
    yield f"## {profile.id}"
    yield ""
    yield f"**{profile.title['zh']}**, {profile.title['en']}."
    yield ""
    own_names = ([name for name in names if name not in profile.aliases] for names in profile.required)
    yield f"- platforms: {any_of(profile.platforms)}"
    yield f"- recognised by: {', '.join(' or '.join(names) for names in own_names)}"
    yield f"- fills: {code(profile.tables)}"
    if profile.needs_period:
        yield "- needs a period where neither the file nor its name tells one: `--period FROM..TO`"
    if profile.drop:
        yield f"- rows dropped by rule: {code(dict.fromkeys(d.rule for d in profile.drop))}"
    if profile.ignored:
        yield f"- left out on purpose: {', '.join(sorted(profile.ignored))}"
    if profile.about:
        yield ""
        yield from (line.rstrip() for line in profile.about.splitlines())
    yield ""
    others = profile.other_names
    rows = ((c, code(to), ", ".join(others.get(c, ()))) for c, to in profile.mapped().items())
    yield from table(("column of the file", "goes to", "also called"), rows)


def any_of(platforms: Sequence[str]) -> str:
    """The platforms of a profile, in words."""
    return ", ".join(platforms) or "any"


def commands() -> Iterator[str]:
    """Every command with its arguments and options, as `--help` tells them."""
    from goldloop.cli.app import application
    from goldloop.cli.words import Words

    yield "# Commands"
    yield ""
    yield NOTE.format(source="goldloop.cli")
    yield ""
    yield from (
        "Every command answers in JSON with `--json`, works on the home folder of `--home DIR` (else `GOLDLOOP_HOME`, else the",
        "user's data folder), and speaks the language of `--lang zh|en` (else that of the terminal). Exit code: 0 done, 1 the",
        "work failed, 2 the input was refused; an error says what was given, what is allowed and what to do.",
    )
    yield from command_pages(application(Words("en")), "goldloop")


def command_pages(command: Any, path: str) -> Iterator[str]:
    """The page of one command, then those of its sub-commands."""
    children = getattr(command, "commands", {})
    if not children:
        yield ""
        yield f"## {path}"
        yield ""
        yield plain(command.help)
        own = (p for p in command.params if not getattr(p, "hidden", False) and p.name not in COMMON)
        rows = [parameter_row(p) for p in own]
        if rows:
            yield ""
            yield from table(("argument or option", "what it is"), rows)
    for name, child in children.items():
        if not child.hidden:
            yield from command_pages(child, f"{path} {name}")


def parameter_row(parameter: Any) -> tuple[str, str]:
    """How a parameter is written, and its help."""
    choices = getattr(parameter.type, "choices", None)
    value = parameter.metavar or ("|".join(map(str, choices)) if choices else "")
    if parameter.param_type_name == "argument":
        return f"`{value or parameter.name.upper() + ('...' if parameter.nargs == -1 else '')}`", plain(parameter.help)
    names = " ".join([*parameter.opts, *parameter.secondary_opts])
    return f"`{names} {value}`" if value else f"`{names}`", plain(parameter.help)


def plain(text: str | None) -> str:
    """Help text on one line."""
    return " ".join((text or "").replace("\b", " ").split())


def settings() -> Iterator[str]:
    """Everything that the environment can say."""
    from goldloop.connectors.readers.sheet import DEFAULT_LIMITS
    from goldloop.settings import LIMITS, VARIABLES

    yield "# Settings"
    yield ""
    yield NOTE.format(source="goldloop.settings")
    yield ""
    yield from ("Environment variables. A value that cannot be used stops the program with an error that names it.", "")
    yield from table(
        ("variable", "without it", "what it says"), ((f"`{name}`", without, doc) for name, without, doc in VARIABLES)
    )
    yield from (
        "",
        "## How much a file may hold",
        "",
        "An error that speaks of a limit names it. Text files above `GOLDLOOP_WHOLE_MB` or `GOLDLOOP_WHOLE_ROWS` are cut into",
        "pieces on disk (in `tmp` of the home folder), so that memory does not grow with them.",
        "",
    )
    rows = ((f"`{one.name}`", f"{getattr(DEFAULT_LIMITS, one.field) // one.unit:,}", one.doc) for one in LIMITS)
    yield from table(("variable", "default", "what it limits"), rows)


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "figures.md": figures,
    "tables.md": tables,
    "profiles.md": profiles,
    "commands.md": commands,
    "settings.md": settings,
}


def page(name: str) -> str:
    """The text of one page as the code makes it now."""
    return "\n".join(PAGES[name]()) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or compare them."""
    different = []
    REFERENCE.mkdir(exist_ok=True)
    for name in PAGES:
        text, path = page(name), REFERENCE / name
        if not path.exists() or path.read_text("utf-8") != text:
            different.append(name)
            if "--check" not in arguments:
                path.write_text(text, "utf-8")
    if "--check" in arguments:
        print(
            f"differs from the code, run `make docs`: {', '.join(different)}"
            if different
            else f"{len(PAGES)} pages agree with the code"
        )
        return 1 if different else 0
    print(f"docs/reference: {', '.join(different)} written" if different else "docs/reference: nothing changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
