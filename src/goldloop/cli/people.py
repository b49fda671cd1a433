"""`forget`: a person's wish to be deleted; `user password`, `user key`, `audit verify`, `check`: who works here, and how safe it is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen


def forget(
    run: Run,
    store: Annotated[str, typer.Option("--store", metavar="NAME", help="The store whose exports name the person.")],
    order: Annotated[str, typer.Option("--order", metavar="ORDER_ID", help="An order of the person.")] = "",
    buyer: Annotated[
        str,
        typer.Option("--buyer", metavar="ID", help="Account, e-mail or phone of the person, as it stands in exports."),
    ] = "",
) -> Answer:
    """Make a person anonymous in everything that is kept, and certify it."""
    done = run.shop().forget(store=store, order=order or None, buyer=buyer or None)
    return Answer(done, lambda screen: _show(screen, done))


def _show(screen: Screen, done: dict[str, Any]) -> None:
    words = screen.words
    screen.line(words("forgotten", moment=done["moment"], keys=done["keys"]))
    rows = [[place, count] for place, count in done["rows"].items()]
    rows += [[words("forgotten_quarantine"), done["quarantine"]], [words("forgotten_fixes"), done["fixes"]]]
    screen.table([words("forgotten_where"), words("forgotten_rows")], rows, right=[1])
    for source in done["sources"]:
        screen.line(words("forgotten_source", file=source["file"], imports=", ".join(map(str, source["imports"]))))


def user_password(
    run: Run,
    name: Annotated[str, typer.Argument(help="Whose account (default: the owner's).")] = "",
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Where the web app is reached.")
    ] = "http://localhost:8520/",
) -> Answer:
    """Make a one-time link with which a person sets a new password."""
    made = run.shop().password_link(name or None)
    link = f"{url.rstrip('/')}/{made.path}"
    return Answer(
        {"name": made.name, "link": link, "until": made.until.isoformat()},
        lambda screen: screen.line(
            screen.words("user_link", name=made.name, link=link, until=f"{made.until:%Y-%m-%d %H:%M} UTC")
        ),
    )


def user_key(
    run: Run,
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    right: Annotated[
        list[str] | None,
        typer.Option("--right", metavar="figures|data|...", help="What it may do; may be repeated (default: figures)."),
    ] = None,
    store: Annotated[
        list[str] | None, typer.Option("--store", metavar="NAME", help="Store; may be given several times.")
    ] = None,
    days: Annotated[int, typer.Option("--days", help="After how many days it ends.")] = 90,
) -> Answer:
    """Make a key with which a program asks the API for the owner; it is shown once."""
    made = run.shop().key_make(name, rights=right or ("figures",), stores=store or (), days=days)
    data = {"name": made.name, "key": made.secret, "rights": made.rights, "until": made.until.isoformat()}
    return Answer(data, lambda screen: screen.raw(made.secret))


def audit_verify(run: Run) -> Answer:
    """Check every line of the audit log against its seal."""
    count, broken = run.shop().audit_verify()
    data = {"lines": count, "broken": [{"number": one.number, "what": one.what} for one in broken]}

    def show(screen: Screen) -> None:
        screen.line(screen.words("audit_broken" if broken else "audit_whole", n=count))
        for one in broken:
            screen.line(screen.words(f"audit_{one.what}", n=one.number))

    return Answer(data, show, exit_code=1 if broken else 0)


def check(
    run: Run,
    deploy: Annotated[bool, typer.Option("--deploy", help="Also what must hold before others reach it.")] = False,
) -> Answer:
    """Say what is unsafe about this home folder and how it is served."""
    found = run.shop().check(deploy=deploy)
    data = {"findings": [{"code": one.code, **one.params} for one in found]}

    def show(screen: Screen) -> None:
        for one in found:
            screen.line(screen.words(f"check_{one.code}", **one.params))
        if not found:
            screen.line(screen.words("check_nothing"))

    return Answer(data, show, exit_code=1 if found else 0)


COMMANDS = [
    ("forget", forget),
    ("user password", user_password),
    ("user key", user_key),
    ("audit verify", audit_verify),
    ("check", check),
]
