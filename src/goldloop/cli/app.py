"""The command `goldloop`: which commands there are, and what happens to errors.

A new command is a function in a module of this package (see `command.py`) and a line in that module's `COMMANDS`;
a new module is one line in `MODULES`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError  # typer exports no base error of its own

from goldloop.cli import (
    actions,
    alarms,
    bridge,
    cohorts,
    daily,
    events,
    exclusions,
    feeds,
    figures,
    forecast,
    history,
    imports,
    lake,
    mature,
    members,
    notes,
    people,
    persons,
    plan,
    plan_levers,
    plan_owners,
    plan_pace,
    plans,
    points,
    profiles,
    quarantine,
    reconcile,
    referrals,
    segments,
    serve,
    sql,
    start,
    stores,
    waves,
    why,
)
from goldloop.cli.command import Answer, HomeFolder, Json, Lang, as_command
from goldloop.cli.usage import help_in_chinese, in_chinese
from goldloop.cli.words import Words, chinese_help, language
from goldloop.core.errors import GoldloopError, WorkFailed

MODULES = (start, stores, imports, feeds, quarantine, profiles, exclusions, figures, why, daily, cohorts, members, persons, waves, actions, points, referrals, segments, mature, reconcile, bridge, alarms, plan, plans, plan_owners, plan_pace, plan_levers, forecast, events, notes, history, sql, lake, people, serve)  # fmt: skip
GROUPS = {
    "store": "Stores and their settings.",
    "imports": "Receipts of what was imported.",
    "feeds": "What comes in from where: rhythm, lateness, counts.",
    "quarantine": "Rows that could not be loaded, and how to put them right.",
    "profile": "Export formats: which are known, how sure, and your own.",
    "views": "The facts as SQL views for other programs.",
    "lake": "The stored facts: put in order, made anew.",
    "exclude": "Rules for orders and lines that do not count in gmv.",
    "note": "What happened on which days; charts show it.",
    "watch": "What rings: rules, alarms with their reason, insights.",
    "watch rules": "What is watched, and from when on it rings.",
    "plan": "A month's plan: its equations, its targets, who owes what.",
    "members": "Buyers: who they are, who comes back.",
    "members points": "Points of members: earned, spent, taken back, expired.",
    "members refer": "Friends whom members bring, and what it brings both.",
    "members wave": "Waves: coupons and messages, from an audience to a measured result.",
    "action": "What is proposed to be done, and what came of it.",
    "event": "Events on the calendar: planned, prepared, reviewed.",
    "user": "People who log in to the web app.",
    "audit": "The log of who did what.",
}


def _version(asked: bool, context: typer.Context) -> None:
    if asked:
        from goldloop import __version__

        as_json = context.obj
        sys.stdout.write(f'{{"version": "{__version__}"}}\n' if as_json else f"goldloop {__version__}\n")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, help="The version of goldloop.")]


class Commands(Mapping[str, Any]):
    """The commands of a group by name, each made when it is first asked for: one command line needs one of them."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = makers
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def application(words: Words) -> Any:
    """The whole command tree, its help in the given language."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)
    app.callback()(_root)
    below: dict[str, dict[str, Callable[[], Any]]] = {path: {} for path in ("", *GROUPS)}
    for module in MODULES:
        for path, function in module.COMMANDS:
            group, _, name = path.rpartition(" ")
            below[group][name] = partial(_command, name, function, words)
    for path in GROUPS:
        group, _, name = path.rpartition(" ")
        below[group][name] = partial(_group, path, below[path], words)
    return _group_of(app, below[""], words)


def _command(name: str, function: Callable[..., Answer], words: Words) -> Any:
    alone = typer.Typer(rich_markup_mode=None, add_completion=False)
    alone.command(name)(as_command(function))
    return _worded(typer.main.get_command(alone), words)


def _group(path: str, commands: Mapping[str, Callable[[], Any]], words: Words) -> Any:
    app = typer.Typer(name=path.rpartition(" ")[2], rich_markup_mode=None, no_args_is_help=True, help=GROUPS[path])
    return _group_of(app, commands, words)


def _group_of(app: typer.Typer, commands: Mapping[str, Callable[[], Any]], words: Words) -> Any:
    group = typer.main.get_group(app)
    group.commands = Commands(commands)  # type: ignore[assignment]  # nothing is added to it later
    return _worded(group, words)


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line and print its answer or its error; returns the exit code."""
    given = list(sys.argv[1:] if args is None else args)
    as_json, words = "--json" in given, _early_words(given)
    try:
        tree = application(words)
        code = tree.main(given, prog_name="goldloop", standalone_mode=False, obj=as_json)
        return code if isinstance(code, int) else 0
    except NoArgsIsHelpError as error:
        sys.stdout.write(error.format_message() + "\n")
        return 2
    except Exception as error:
        return _fail(error, as_json=as_json, words=words)
    except KeyboardInterrupt:
        return 130


def _root(as_json: Json = False, home: HomeFolder = "", lang: Lang = "", version: Version = False) -> None:
    """From export files to the golden formula: every figure, its reason, and the rows behind it."""


def _early_words(given: list[str]) -> Words:
    """The language, before the command line has been understood; a bad choice is reported by the command itself."""
    said = [after for flag, after in zip(given, given[1:], strict=False) if flag == "--lang"]
    said += [arg.removeprefix("--lang=") for arg in given if arg.startswith("--lang=")]
    try:
        return Words(language(said[-1] if said else ""))
    except GoldloopError:
        return Words("en")


def _fail(error: Exception, *, as_json: bool, words: Words) -> int:
    if isinstance(error, BrokenPipeError):  # the reader of our output has gone, as in `goldloop ... | head`
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (kept open until the process ends)
        return 0
    from goldloop.cli import output

    known = _known(error)
    output.print_error(known, as_json=as_json, words=words)
    if known.code == "internal_error" and os.environ.get("GOLDLOOP_DEBUG"):
        raise error
    return known.exit_code


def _known(error: Exception) -> GoldloopError:
    if isinstance(error, GoldloopError):
        return error
    if isinstance(error, typer.Abort):
        return WorkFailed("stopped", "Stopped.")
    if isinstance(error, ClickException):
        context = getattr(error, "ctx", None)
        todo = f"{context.command_path} --help" if context else "goldloop --help"
        message = error.format_message()
        return GoldloopError("usage", message, todo=todo, said=in_chinese(message))
    from goldloop.jobs import failures

    return failures.explain(error) or WorkFailed(
        "internal_error",
        "Something went wrong inside goldloop; nothing was loaded by half.",
        given=f"{type(error).__name__}: {error}"[:500],
        todo="Set GOLDLOOP_DEBUG=1, run the command again and report what it prints.",
    )


def _worded(command: Any, words: Words) -> Any:
    """The command with its help in that language; lists of commands show the help in full."""
    said, frame = (chinese_help(), help_in_chinese) if words.language == "zh" else ({}, str)
    page = command.get_help
    command.get_help = lambda context: frame(page(context))
    command.help = said.get(command.help, command.help)
    command.short_help = command.help
    for param in command.params:
        if getattr(param, "help", None):
            param.help = said.get(param.help, param.help)
    return command
