"""`goldloop members refer`: codes that members hand to friends, who came by them, and what it brought both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.persons import Id
from goldloop.cli.points import Program

if TYPE_CHECKING:
    from goldloop.cli.output import Screen

Device = Annotated[
    str, typer.Option("--device", metavar="TEXT", help="What tells the device again; only its hash is kept.")
]


def code(run: Run, id: Id, device: Device = "", program: Program = "") -> Answer:
    """The code that a member hands to her friends; made where she has none."""
    data = run.shop().referral_code(id, device=device, name=program)
    return Answer(data, lambda screen: screen.line(screen.words("referral_code", **data)))


def claim(
    run: Run,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code of who brings the friend.")],
    store: Annotated[str, typer.Option("--store", metavar="NAME", help="The store where the friend is going to buy.")],
    buyer: Annotated[
        str,
        typer.Option("--buyer", metavar="ID", help="Account, e-mail or phone of the friend; only its hash is kept."),
    ],
    device: Device = "",
    program: Program = "",
) -> Answer:
    """Write down that a friend came by a code, before her first order; refused with the reason."""
    data = run.shop().referral_claim(code, store=store, buyer=buyer, device=device, name=program)
    return Answer(data, lambda screen: screen.line(screen.words("referral_claimed", **data)))


def settle(run: Run, program: Program = "") -> Answer:
    """Reward both where the friend's first order can no longer come back; refuse whoever turned out to be no friend."""
    data = run.shop().referral_settle(program)
    return Answer(data, lambda screen: screen.line(screen.words("referral_settled", **data)))


def listed(
    run: Run,
    program: Program = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many friends are listed.")] = 50,
) -> Answer:
    """Friends who were brought: how many wait, were rewarded or refused, why, and the newest of them."""
    data = run.shop().referrals(program, limit=limit)
    return Answer(data, lambda screen: _listed(screen, data))


def _listed(screen: Screen, data: dict[str, Any]) -> None:
    words = screen.words
    screen.line(", ".join(f"{words(f'referral_is_{state}')} {count}" for state, count in data["counts"].items()))
    for reason, count in data["refused"].items():
        screen.line(f"- {words(f'referral_why_{reason}')}: {count}")
    heads = ("id", "referrer", "friend", "state", "claimed", "bought", "reason")
    rows = [
        [one["id"], one["referrer"], one["friend"], words(f"referral_is_{one['state']}"), one["claimed"],
         one["bought"] or "-", words(f"referral_why_{one['reason']}") if one["reason"] else ""]
        for one in data["referrals"]
    ]  # fmt: skip
    screen.table([words(f"referral_head_{head}") for head in heads], rows)


COMMANDS = [
    ("members refer code", code), ("members refer claim", claim), ("members refer settle", settle),
    ("members refer list", listed),
]  # fmt: skip
