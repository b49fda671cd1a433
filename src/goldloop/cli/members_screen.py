"""Tables about members as the screen shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.members.asked import Block, MemberTable

LINES = 40  # of a table on the screen; files hold all
GOODS = (
    "times_bought",
    "item",
    "first",
    "second",
    "left",
    "then",
)  # columns of goods, by whatever name, and what comes before
HEADS = {
    "pairs": "members_head_pairs", "rules": "members_head_pairs", "next": "members_head_next", "calendar": "members_head_calendar",
    "joined": "members_head_joined", "times_goods": "members_head_times_goods",
}  # fmt: skip
PAIR = ("first", "second", "times", "people", "support", "confidence", "lift")
SHOWN = {  # columns of tables that have more than a screen takes
    "second": ("group", "people", "again", "share_30", "share_60", "share_90", "share_180"),
    "pairs": PAIR,
    "next": (*PAIR, "days"),
    "rules": ("left", "then", "times", "support", "confidence", "lift"),
}
BESIDE = ("all_share", "index")  # columns of one group held against all
MEANT = ("second", "pairs", "next", "rules", "preference", "times_goods")


def table(screen: Screen, found: MemberTable, data: dict[str, Any]) -> None:
    """One table per store, or one for all, with what its groups mean."""
    words = screen.words
    for block, told in zip(found.blocks, data["stores"], strict=True):
        head = {"store": block.store or ", ".join(found.scope["stores"]), "day": found.scope["day"]}
        if block.why is not None:
            screen.line(f"- {head['store']}: {told['reason']['text']}")
            continue
        cases = f"{block.about.get('cases', 0):,}"
        screen.line(words(HEADS.get(found.what, "members_head"), **head, people=f"{block.people or 0:,}", cases=cases))
        heads, rows = _moves(screen, block) if found.what == "rfm_moves" else _rows(screen, found, block)
        names = (
            sum(column in GOODS for column in SHOWN.get(found.what, found.columns)) or 1
        )  # columns of names, before numbers
        screen.table(heads, rows, right=range(names, len(heads)))
        if len(block.rows) > LINES:
            screen.line(words("members_more", count=len(block.rows) - LINES))
        _show_rule(screen, found.what, block.about)
    for note in data["notes"]:
        screen.line(f"* {note}")


def _rows(screen: Screen, found: MemberTable, block: Block) -> tuple[list[str], list[list[str]]]:
    """Heads and cells on the screen: not the store, intervals beside what they are of, and what the table shows."""
    shown = [name for name in found.columns if name != "store" and not name.startswith(("low", "high"))]
    shown = [name for name in SHOWN.get(found.what, shown) if name not in BESIDE or block.rows[0][name] is not None]
    rows = [
        [_cell(screen, name, found.columns.get(name, "text"), row, block.about) for name in shown]
        for row in block.rows[:LINES]
    ]
    return [screen.words(f"members_{name}") for name in shown], rows


def _moves(screen: Screen, block: Block) -> tuple[list[str], list[list[str]]]:
    """A line per group of the earlier day, a column per group of the later one."""
    from goldloop.core.members.rfm import NAMES

    people = {(row["before"], row["after"]): row["people"] for row in block.rows}
    lines, heads = ([name for name in (*NAMES, "none") if any(pair[end] == name for pair in people)] for end in (0, 1))
    rows = [[_group(screen, i), *(f"{people[i, k]:,}" if (i, k) in people else "" for k in heads)] for i in lines]
    return [screen.words("members_was_is"), *(_group(screen, name) for name in heads)], rows


def _cell(screen: Screen, name: str, unit: str, row: dict[str, Any], about: dict[str, Any]) -> str:
    from decimal import Decimal

    from goldloop.metrics.answer import shown

    if name == "left":
        return left_side(row)
    value = row[name]
    if name in GOODS:
        return str(value)  # goods, by whatever name
    if name == "with_event":
        return screen.words("members_yes") if value else ""
    if unit == "text":
        return _group(screen, value)
    if value is None:
        return "-"
    if unit == "date":
        return str(value)
    if unit in ("money", "money_per"):
        return f"{Decimal(value):,.2f}" if unit == "money_per" else f"{Decimal(value):,}"
    of = name.removeprefix("share").removeprefix("confidence")  # share_30 lies between low_30 and high_30
    if name != of and (low := row.get(f"low{of}")) is not None:
        return f"{value:.1%} {low:.1%}..{row[f'high{of}']:.1%}"
    return shown(value, unit, about.get("currency"))


def left_side(row: dict[str, Any]) -> str:
    """The goods on the left of a rule."""
    from goldloop.metrics.members.rules import SIDES

    return " + ".join(str(row[side]) for side in SIDES if row.get(side) is not None)


def _group(screen: Screen, value: str | None) -> str:
    """The name of a group: our own words in the language, a shop's own as they are."""
    from goldloop.core.members.lifecycle import STATES
    from goldloop.core.members.rfm import NAMES

    if value is None:
        return screen.words("members_all")
    if value == "":
        return screen.words("members_unknown")
    return screen.words(f"members_is_{value}") if value in (*NAMES, *STATES, "none") else value


def _show_rule(screen: Screen, what: str, about: dict[str, Any]) -> None:
    """By which bounds the groups were told apart."""
    words = screen.words
    if "bands" in about:
        bands = about["bands"]
        bounds = {name: " / ".join(map(str, bands[name])) for name in ("recency", "frequency", "amount")}
        screen.line(words(f"members_bands_{bands['by']}", **bounds))
    elif "limits" in about:
        limits = about["limits"]
        screen.line(words(f"members_limits_{limits['by']}", **limits))
    elif "event" in about:
        event = about["event"]
        counts = {name: f"{event[name]:,}" for name in ("people", "at_peak")}
        days = {name: event[name] for name in ("week", "from", "to", "peak")}
        screen.line(words("members_event", **days, **counts))
    elif what == "joined":
        bought = {name: "-" if about[name] is None else f"{about[name]:,}" for name in ("members", "buyers", "outside")}
        screen.line(words("members_joined_means", **bought))
    elif what in MEANT:
        screen.line(words(f"members_{what}_means"))
    if few := [one["times_bought"] for one in about.get("steps", ()) if not one["enough"]]:
        screen.line(words("members_steps_few", times=", ".join(few), minimum=about["minimum"]))


def repurchase(screen: Screen, data: dict[str, Any]) -> None:
    """Who is expected to come back, the sums, the back-test line by line, and the model."""
    words, scope = screen.words, data["scope"]
    if "reason" in data:
        screen.line(f"- {', '.join(scope['stores'])}: {data['reason']['text']}")
        return
    kind = "bgnbd" if "bgnbd" in data else "mbg"
    model, sums = data[kind], data["expected"]
    screen.line(
        words(
            "members_expected", store=", ".join(scope["stores"]), day=scope["day"], ahead=scope["ahead"],
            people=f"{sums['people']:,}", active=f"{sums['active']:,.0f}", purchases=f"{sums['purchases']:,.0f}",
            value=sums["value"] or "-",
        )
    )  # fmt: skip
    columns = ("buyer", "last", "purchases", "gmv", "active", "expected_purchases", "expected_value", "next")
    rows = [
        [
            one["buyer"][:12], one["last"], one["purchases"], one["gmv"], f"{one['active']:.0%}", f"{one['expected']:.2f}",
            one["value"] or "-", one["next"] or "-",
        ]
        for one in data["customers"]
    ]  # fmt: skip
    screen.table([words(f"members_{name}") for name in columns], rows, right=(2, 3, 4, 5, 6))
    if (test := data["backtest"]) is not None:
        numbers = {name: f"{test[name]:,.0f}" for name in ("people", "expected", "naive", "actual")}
        errors = {name: f"{test[name]:.3f}" for name in ("error", "naive_error")}
        screen.line(words("members_tested", day=test["learned_to"], ahead=test["ahead"], **numbers, **errors))
        heads = ("frequency", "people", "expected", "naive", "actual")
        lines = [[one["frequency"], one["people"], *(f"{one[n]:.3f}" for n in heads[2:])] for one in test["bins"]]
        screen.table([words(f"members_test_{name}") for name in heads], lines, right=range(5))
    numbers = {name: f"{model[name]:.4f}" for name in ("r", "alpha", "a", "b")}
    screen.line(words("members_model", kind=kind, unit=words(f"members_unit_{model['unit']}"), **numbers))
    for note in data["notes"]:
        screen.line(f"* {note}")
