"""`goldloop members wave`: from an audience to a measured result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files, waves_screen
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Basis, Stores
from goldloop.cli.members import Day, Give, Margin, Month, Step, Tiers
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.apps.campaigns.api import Seen
    from goldloop.cli.output import Screen
    from goldloop.cli.words import Words
    from goldloop.jobs.wave_files import Sent

UNITS_SHOWN = 10  # days or provinces by lot on the screen

Id = Annotated[int, typer.Argument(help="Number of the wave.")]
Fields = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FIELD=VALUE",
        help="name, audience, reach, touch, send, until, off, minimum, value_from, value_to, holdout, budget, text, uplift, margin, units, item_off, threshold_off, threshold_from.",
    ),
]
Out = Annotated[str, typer.Option("--out", metavar="FILE", help="Write the answer into a file.")]
Reason = Annotated[str, typer.Option("--reason", help="Why not.")]


def new(run: Run, fields: Fields = None, store: Stores = None) -> Answer:
    """Keep a wave as a draft: audience first:FROM..TO, lifecycle:STATE, rfm:GROUP or segment:NAME; reach A, B or C."""
    return _answer(run, run.shop().wave_new(given(fields), stores=store or ()))


def change(run: Run, id: Id, fields: Fields = None) -> Answer:
    """Give a wave that did not go out yet another version; it must be checked again."""
    return _answer(run, run.shop().wave_change(id, given(fields)))


def propose(
    run: Run,
    store: Stores = None,
    month: Month = "",
    day: Day = "",
    tiers: Tiers = "",
    give: Give = "0.3",
    margin: Margin = "",
    step: Step = "5",
    basis: Basis = "auto",
    fields: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="A field of all proposed waves, such as reach=A."),
    ] = None,
    event: Annotated[bool, typer.Option("--event", help="Propose the store event to operations, too.")] = False,
) -> Answer:
    """Propose the waves of a month from its coupon calendar, checked; nothing is sent."""
    shop = run.shop()
    made = shop.waves_propose(
        month or None, stores=store or (), day=day or None, tiers=tiers or None, give=give, margin=margin or None,
        step=step, basis=basis, given=given(fields),
    )  # fmt: skip
    events = shop.waves_propose_event(month or None, stores=store or (), day=day or None, basis=basis) if event else []
    shown = [_data(run, seen) for seen in made]
    return Answer({"waves": shown, "events": [one.id for one in events]}, lambda screen: _show_list(screen, shown))


def listed(run: Run) -> Answer:
    """The waves, the newest first: people, cost, what was predicted and what came of it."""
    data = {"waves": [_data(run, seen) for seen in run.shop().waves()]}
    return Answer(data, lambda screen: _show_list(screen, data["waves"]))


def show(run: Run, id: Id) -> Answer:
    """One wave: fields, check, files, and the result beside the prediction."""
    return _answer(run, run.shop().wave_show(id))


def check(run: Run, id: Id) -> Answer:
    """Draw who is sent the wave and who is held out; tell cost, smallest visible effect, and prices that get too low."""
    return _answer(run, run.shop().wave_check(id))


def export(run: Run, id: Id, out: Out) -> Answer:
    """Write the file of a checked wave: a list, or a condition sheet; the same one whenever it is asked for again."""
    return _file(run, id, run.shop().wave_export(id), out)


def send(
    run: Run,
    id: Id,
    reminder: Annotated[
        bool, typer.Option("--reminder", help="Remind those who have not bought since the wave went out.")
    ] = False,
) -> Answer:
    """Hand the messages of a checked wave to the gateway of the settings; nobody is sent one twice."""
    data = run.shop().wave_send(id, remind=reminder)

    def shown(screen: Screen) -> None:
        for state, count in data["messages"].items():
            if count:
                screen.line(f"{screen.words(f'wave_message_{state}')}: {count:,}")
        if data["waits_until"]:
            screen.line(screen.words("wave_waits", until=data["waits_until"]))

    return Answer(data, shown)


def remind(run: Run, id: Id, out: Out) -> Answer:
    """Write the reminder "3 days left" to those of a wave who have not bought since."""
    return _file(run, id, run.shop().wave_remind(id), out)


def reasons(
    run: Run,
    id: Id,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A list to call that came back with reasons, kept first.")
    ] = "",
) -> Answer:
    """Why people of a wave no longer buy, and how many have bought since; answers come from a table with member, reason, note."""
    data = run.shop().wave_reasons(id, file or ())

    def shown(screen: Screen) -> None:
        words = screen.words
        screen.line(words("wave_answered", answered=data["answered"], asked=data["asked"]))
        for name, count in data["refused"].items():
            screen.line(f"- {words(f'wave_answer_{name}')}: {count}")
        rows = [[words(f"wave_why_{code}"), count] for code, count in data["reasons"].items()]
        screen.table([words("wave_why"), words("wave_people_head")], rows, right=(1,))
        if data["again"]["rows"]:
            _show_again(screen, data["again"])

    return Answer(data, shown)


def _show_again(screen: Screen, told: dict[str, Any]) -> None:
    """How many of each reason have bought since, or that they are too few."""
    words = screen.words
    rows = [
        [
            words(f"wave_why_{one['reason'] or 'none'}"), one["people"],
            words("wave_few") if one["bought"] is None else f"{one['bought']}  {one['share']:.1%} {one['low']:.1%}..{one['high']:.1%}",
        ]
        for one in told["rows"]
    ]  # fmt: skip
    screen.table([words("wave_why"), words("wave_people_head"), words("wave_again")], rows, right=(1, 2))
    screen.line(words("wave_again_means", day=told["known"], minimum=told["minimum"]))


def result(run: Run, id: Id) -> Answer:
    """Measure a wave that went out against its hold-out, by the days loaded so far."""
    return _answer(run, run.shop().wave_result(id))


def together(
    run: Run,
    waves: Annotated[list[int] | None, typer.Argument(help="Numbers of waves of the same stores.")] = None,
    month: Annotated[str, typer.Option("--month", metavar="MONTH", help="Only this month, as 2026-06.")] = "",
    store: Stores = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure the waves that went out first, by the days loaded so far.")
    ] = False,
) -> Answer:
    """What the waves of a month, or any named ones, brought together, where each alone held out too few people to tell."""
    shop = run.shop()
    if measure:
        shop.waves_measure(month or None, waves=waves or (), stores=store or ())
    data = {"together": shop.waves_together(month or None, waves=waves or (), stores=store or ())}
    return Answer(data, lambda screen: waves_screen.show_together(screen, data["together"]))


def decline(run: Run, id: Id, reason: Reason) -> Answer:
    """Say that a wave will not be sent, and why."""
    return _answer(run, run.shop().wave_decline(id, reason=reason))


def totals(
    run: Run,
    id: Id,
    pushed: Annotated[int | None, typer.Option("--pushed", min=0, help="Coupons or messages that went out.")] = None,
    claimed: Annotated[int | None, typer.Option("--claimed", min=0, help="Coupons that were claimed.")] = None,
    used: Annotated[int | None, typer.Option("--used", min=0, help="Coupons that were used.")] = None,
    expired: Annotated[int | None, typer.Option("--expired", min=0, help="Coupons that ran out.")] = None,
    stopped: Annotated[int | None, typer.Option("--stopped", min=0, help="People who want no more messages.")] = None,
) -> Answer:
    """Bring the totals that the platform's own tool shows of a wave."""
    said = {"pushed": pushed, "claimed": claimed, "used": used, "expired": expired, "stopped": stopped}
    return _answer(run, run.shop().wave_totals(id, {name: n for name, n in said.items() if n is not None}))


def contacts(
    run: Run,
    file: Annotated[Path, typer.Argument(help="A table with buyer, phone, consented_at, source, stopped_at.")],
    store: Annotated[str, typer.Option("--store", metavar="NAME", help="Store whose buyers these are.")],
) -> Answer:
    """Bring a list of your own contacts with consent; kept sealed, phones out of orders are refused."""
    data = run.shop().wave_contacts(file, store=store)
    return Answer(data, lambda screen: _show_contacts(screen, data))


def rules(
    run: Run,
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=VALUE",
            help="contact_days, refund_days, global_holdout, message_price, signature, unsubscribe, hours.",
        ),
    ] = None,
) -> Answer:
    """What holds for all waves: days between contacts, global hold-out, signature, hours; shown, or set."""
    data = run.shop().wave_rules(given(fields))
    return Answer({"rules": data}, lambda screen: screen.table(["", ""], [[name, data[name]] for name in data]))


def budget(
    run: Run,
    month: Annotated[str, typer.Argument(help="The month, as 2026-06.")] = "",
    amount: Annotated[str, typer.Argument(help="What its waves may cost at most.")] = "",
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="Currency of the amount.")] = "CNY",
) -> Answer:
    """Set what the waves of a month may cost at most, or show all budgets and what is taken of them."""
    shop = run.shop()
    if month:
        shop.wave_budget(month, amount, currency=currency)
    data = {"budgets": [one.as_dict() for one in shop.wave_budgets()]}
    heads = ("month", "currency", "amount", "taken")
    return Answer(
        data,
        lambda screen: screen.table(
            [screen.words(f"wave_{name}") for name in heads],
            [[one[name] for name in heads] for one in data["budgets"]],
            right=(2, 3),
        ),
    )


def title(words: Words, name: str) -> str:
    """What a wave is called: in the language of the reader where its name comes from a coupon calendar."""
    from goldloop.core.wave import planned

    parts = planned(name)
    return name if parts is None else words("wave_planned", **parts)


def given(fields: list[str] | None) -> dict[str, str]:
    """FIELD=VALUE pairs as a mapping; raises `wave_pair_bad`."""
    found = {}
    for text in fields or ():
        name, sign, value = text.partition("=")
        if not sign:
            raise GoldloopError("wave_pair_bad", f"'{text}' is no FIELD=VALUE.", given=text, allowed="such as reach=A")
        found[name.strip()] = value.strip()
    return found


def _data(run: Run, seen: Seen) -> dict[str, Any]:
    from goldloop.jobs.waves import as_seen

    return as_seen(run.shop().viewer(), seen)


def _answer(run: Run, seen: Seen) -> Answer:
    data = _data(run, seen)
    return Answer(data, lambda screen: _show(screen, data))


def _file(run: Run, id: int, sent: Sent, out: str) -> Answer:
    path = Path(out)
    with list_files.writing(path):
        path.write_bytes(sent.content)
    data = {"file": out, "wave": id, **sent.receipt.as_dict(run.shop().wave_show(id).wave.currency)}
    return Answer(data, lambda screen: _show_file(screen, data))


def _show_file(screen: Screen, data: dict[str, Any]) -> None:
    screen.line(screen.words("file_written", file=data["file"]))
    screen.line(screen.words("wave_receipt", lines=f"{data['lines']:,}", sha256=data["sha256"]))


def _show_contacts(screen: Screen, data: dict[str, Any]) -> None:
    screen.line(screen.words("wave_contacts_kept", phone=data["phone"], platform=data["platform"]))
    for reason, count in data["refused"].items():
        screen.line(f"- {screen.words(f'wave_refused_{reason}')}: {count}")


def _show_list(screen: Screen, waves: list[dict[str, Any]]) -> None:
    """One line a wave."""
    words, heads = screen.words, ("id", "name", "state", "send", "sent", "held", "cost", "predicted", "came")
    rows = []
    for one in waves:
        told, came = one["check"] or {}, (one["result"] or {}).get("measured")
        rows.append(
            [one["id"], title(words, one["fields"]["name"]), words(f"wave_is_{one['state']}"), one["fields"]["send"], told.get("sent", "-"),
             told.get("held", "-"), told.get("cost", "-"), (told.get("predicted") or {}).get("gmv", "-"),
             came["gmv"]["value"] if came else "-"]
        )  # fmt: skip
    screen.table([wave_head(screen, head) for head in heads], rows, right=(4, 5, 6, 7, 8))


def wave_head(screen: Screen, name: str) -> str:
    """The head of a column."""
    return screen.words(f"wave_{name}_head" if name in ("people", "predicted") else f"wave_{name}")


def _show(screen: Screen, one: dict[str, Any]) -> None:
    """Fields, check, files, result."""
    words, fields = screen.words, one["fields"]
    screen.line(
        f"{one['id']}  {title(words, fields['name'])}  {words('wave_is_' + one['state'])}  v{one['version']}  {one['campaign']}"
    )
    said = "  ".join(f"{name}={value}" for name, value in fields.items() if name != "name")
    screen.line(f"{words('wave_reach_' + fields['reach'])}  {said}")
    if one["check"]:
        _show_check(screen, one["check"])
    for file in one["files"]:
        screen.line(f"{words('wave_file_' + file['kind'])}  {words('wave_receipt', **file)}")
    if one["result"]:
        _show_result(screen, one["result"])
    if one["reason"]:
        screen.line(f"- {one['reason']}")


def _show_check(screen: Screen, told: dict[str, Any]) -> None:
    words = screen.words
    out = ", ".join(f"{words('wave_out_' + name)} {count}" for name, count in told["excluded"].items() if count)
    screen.line(words("wave_people", audience=told["audience"], out=out or "0", sent=told["sent"], held=told["held"]))
    if told["held_units"]:
        units = told["held_units"]
        more = f" ... ({len(units)})" if len(units) > UNITS_SHOWN else ""
        screen.line(words("wave_by_lot", units=", ".join(units[:UNITS_SHOWN]) + more))
    if told["reachable"] is not None:
        screen.line(words("wave_reachable", count=told["reachable"]))
    if told["smallest_effect"] is not None:
        screen.line(
            words("wave_visible", rate=f"{told['base_rate']:.1%}", effect=f"{100 * told['smallest_effect']:.1f}")
        )
    if told["needed"] is not None:
        screen.line(words("wave_needed", people=f"{told['needed']:,}", formula=told["formula"]))
    predicted = told["predicted"]
    if predicted is not None:
        screen.line(
            words("wave_predicted", cost=told["cost"], **{n: predicted[n] for n in ("orders", "gmv", "low", "high")})
        )
        if predicted.get("break_even") is not None:
            screen.line(words("wave_break_even", uplift=f"{predicted['break_even']:.0%}"))
    for price in told["prices"]:
        screen.line(f"! {words('wave_price_' + price['warning'], **price)}")


def _show_result(screen: Screen, told: dict[str, Any]) -> None:
    words, found = screen.words, told["measured"]
    heads = ("arm", "people", "buyers", "orders", "gmv", "net")
    rows = [[words(f"wave_arm_{arm}"), *(told[arm][name] for name in heads[1:])] for arm in ("sent", "held")]
    screen.table([wave_head(screen, head) for head in heads], rows, right=range(1, 6))
    _show_coupons(screen, told)
    screen.line(words("wave_known" if told["final"] else "wave_so_far", day=told["known"]))
    if found is None:
        screen.line(words("wave_not_enough"))
        return
    for name in ("orders", "gmv", "net"):
        screen.line(words("wave_gain", what=words(f"wave_{name}"), **found[name]))
    per = found["cost_per_order"]
    screen.line(
        words(
            "wave_per_order",
            cost=told["cost"],
            value=per["value"] or "-",
            low=per["low"] or "-",
            high=per["high"] or "-",
        )
    )
    screen.line(words("wave_formula", formula=found["formula"], p=f"{found['p']:.3f}"))


def _show_coupons(screen: Screen, told: dict[str, Any]) -> None:
    """What became of the coupons, where anybody said so, and which of it files say."""
    words, names = screen.words, ("claimed", "used", "expired", "stopped")
    if any(told[name] is not None for name in names):
        screen.line(words("wave_coupons", **{n: "-" if told[n] is None else str(told[n]) for n in names}))
    if told.get("from_files"):
        screen.line(words("wave_from_files", kinds=", ".join(told["from_files"])))
    if told.get("by_code"):
        screen.line(words("wave_by_code"))


COMMANDS = [
    ("members wave new", new), ("members wave change", change), ("members wave propose", propose), ("members wave list", listed),
    ("members wave show", show), ("members wave check", check), ("members wave export", export), ("members wave send", send), ("members wave remind", remind), ("members wave reasons", reasons),
    ("members wave result", result), ("members wave together", together), ("members wave decline", decline), ("members wave totals", totals),
    ("members wave contacts", contacts), ("members wave rules", rules), ("members wave budget", budget),
]  # fmt: skip
