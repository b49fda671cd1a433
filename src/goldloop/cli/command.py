"""What every command has in common: `--json`, `--home`, `--lang`, one answer for people and machines.

A command is a plain function `name(run, ...) -> Answer` whose further parameters are Typer's. It parses, calls one
function of the shop, and answers.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.words import Words, language

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.shop import Shop

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
HomeFolder = Annotated[str, typer.Option("--home", metavar="DIR", help="Home folder (default: GOLDLOOP_HOME).")]
Lang = Annotated[str, typer.Option("--lang", metavar="zh|en", help="Language of the answer.")]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says: `data` for `--json`, `show` for people; `exit_code` 0 unless part of the work failed.

    `data` is None when the command has said everything itself, line by line.
    """

    data: dict[str, Any] | None
    show: Callable[[Screen], None]
    exit_code: int = 0


@dataclass(slots=True)
class Run:
    """One call of a command: the home folder, the form of the answer and its language."""

    folder: str | None
    json: bool
    words: Words
    _shop: Shop | None = field(default=None)

    def shop(self, *, create: bool = False) -> Shop:
        """The shop group of the home folder; `create` makes the folder when it is not there yet."""
        if self._shop is None:
            from goldloop import shop

            self._shop = shop.open(self.folder, create=create)
        return self._shop


def as_command(function: Callable[..., Answer]) -> Callable[..., int]:
    """The function with the common options added, printing its answer and returning the exit code."""
    signature = inspect.signature(function, eval_str=True)
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in list(signature.parameters.values())[1:]]
    common = [
        inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json),
        inspect.Parameter("home", inspect.Parameter.KEYWORD_ONLY, default="", annotation=HomeFolder),
        inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default="", annotation=Lang),
    ]

    def command(*, ctx: typer.Context, as_json: bool, home: str, lang: str, **given: Any) -> int:
        before = ctx.find_root().params  # the same options may stand before the command
        run = Run(
            folder=home or before.get("home") or None,
            json=as_json or bool(before.get("as_json")),
            words=Words(language(lang or before.get("lang") or "")),
        )
        return _print(run, function(run, **given))

    command.__name__ = function.__name__
    command.__doc__ = function.__doc__
    command.__module__ = function.__module__
    command.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in (*own, *common)}
    return command


def _print(run: Run, answer: Answer) -> int:
    from goldloop.cli import output

    if run.json:
        if answer.data is not None:
            output.print_json(answer.data)
    else:
        answer.show(output.Screen(run.words))
    return answer.exit_code
