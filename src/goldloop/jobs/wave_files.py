"""The files of a wave: lists of those who may be reached, or a condition sheet (人群条件单); a file goes out once, then it is given again."""

from __future__ import annotations

import csv
import hashlib
import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goldloop.apps.actions import api as actions
from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.campaigns.api import File, Seen
from goldloop.core.errors import GoldloopError
from goldloop.core.holdout import persons, sendable
from goldloop.core.money import to_text
from goldloop.core.viewer import Viewer
from goldloop.core.wave import Wave, campaign
from goldloop.home import Home
from goldloop.jobs.scratch import scratch
from goldloop.jobs.vault import Seal, Vault
from goldloop.jobs.wave_contacts import reachable, stopped
from goldloop.jobs.waves import CHANNEL, KIND, Merged, message_price

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Ask

SHOWN = 12  # characters of a key by which people name a member
OF_COUPON = ("券面额", "使用门槛", "有效期至")
HEADS = {
    "phone": ("手机号", "短信内容", *OF_COUPON, "发送时段"),
    "email": ("邮箱", "邮件内容", *OF_COUPON, "发送时段"),
    "platform": ("会员名", *OF_COUPON),
}
CALLED = {"phone": "手机号", "email": "邮箱", "platform": "会员名"}
TO_CALL = (
    ("会员编号", "{by}", "话术"),
    ("原因", "备注"),
)  # before and behind the columns of a coupon, where there is one


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that went out, with its receipt; `people` whose lines it holds, where this call made it."""

    name: str
    content: bytes
    receipt: File
    people: tuple[str, ...] = ()


def wave_export(home: Home, viewer: Viewer, id: int, *, merged: Merged, moment: datetime) -> Sent:
    """The list of a checked wave; the same bytes whenever it is asked for again.

    Raises as `campaigns.wave_file`, `wave_nobody_reached`, `wave_signature_needed`.
    """
    seen = campaigns.wave_show(viewer=viewer, id=id)
    return _by_file(_known(home, seen, "list") or _send(home, viewer, seen, "list", None, merged, moment), id)


def wave_kept(home: Home, viewer: Viewer, id: int, kind: str) -> Sent:
    """A file that went out before, as it was kept; raises `wave_not_out`, `source_missing`, `wave_by_gateway`."""
    seen = campaigns.wave_show(viewer=viewer, id=id)
    known = _known(home, seen, kind)
    if known is None:
        raise GoldloopError(
            "wave_not_sent", "This file has not been made yet.", given=kind, todo=f"goldloop members wave export {id} --out FILE"
        )  # fmt: skip
    return _by_file(known, id)


def wave_hand_over(
    home: Home, viewer: Viewer, id: int, way: str, *, kind: str = "list", out: set[str] | None = None, merged: Merged,
    moment: datetime,
) -> File:  # fmt: skip
    """Claim the list or the reminder (but to those `out`) of a wave for a gateway (`way`) and put its messages, both or
    neither; the receipt, whoever claimed it first. Raises as `wave_export`."""
    with transaction.atomic():
        seen = campaigns.wave_show(viewer=viewer, id=id)
        known = next((one for one in seen.files if one.kind == kind), None)
        if known is not None:
            return known
        sent = _send(home, viewer, seen, kind, out, merged, moment, way)
        campaigns.messages_put(id=id, kind=kind, people=sent.people, key=lambda: secrets.token_hex(16))
    return sent.receipt


def _by_file(sent: Sent, id: int) -> Sent:
    if sent.receipt.way != campaigns.BY_FILE:
        raise GoldloopError(
            "wave_by_gateway", "A gateway sends this wave; a list of it would reach people twice.", given=sent.receipt.way,
            todo=f"goldloop members wave send {id}",
        )  # fmt: skip
    return sent


def channel_of(wave: Wave, way: str) -> str | None:
    """By what people of a wave are reached; None where only the platform can."""
    channel = CHANNEL.get(wave.of("reach"))
    return "email" if channel == "phone" and way == "mail" else channel


def wave_remind(ask: Ask, home: Home, viewer: Viewer, id: int, *, merged: Merged, moment: datetime) -> Sent:
    """The reminder "3 days left" to those who got the coupon and have not bought since, as far as the lake knows."""
    seen = campaigns.wave_show(viewer=viewer, id=id)
    known = _known(home, seen, "reminder")
    if known is None:
        known = _send(home, viewer, seen, "reminder", bought_since(ask, seen, merged), merged, moment)
    return _by_file(known, id)


def bought_since(ask: Ask, seen: Seen, merged: Merged) -> set[str]:
    """Who of a wave has bought since it went out, as far as the lake knows; raises `wave_not_begun`."""
    import numpy as np

    from goldloop.core.calendar import Period
    from goldloop.metrics.members import waves

    if ask.until < seen.wave.send:
        raise GoldloopError(
            "wave_not_begun", "Nothing is known yet of the days since the wave.", given=str(ask.until),
            allowed=f"days loaded from {seen.wave.send} on", day=str(seen.wave.send),
        )  # fmt: skip
    people = np.array(persons([person for person, *_ in campaigns.drawn(id=seen.id)], merged), object)
    found = waves.bought(ask, people, Period(seen.wave.send, min(ask.until, seen.wave.until)), merged)
    return set(people[found.orders > 0].tolist())


def _known(home: Home, seen: Seen, kind: str) -> Sent | None:
    """A file that went out before, as it was kept; raises `source_missing` where somebody in it was forgotten since."""
    receipt = next((one for one in seen.files if one.kind == kind), None)
    return None if receipt is None else _kept(home, seen, receipt)


def _kept(home: Home, seen: Seen, receipt: File) -> Sent:
    with scratch(home) as folder:
        _vault(home).extract(receipt.sha256, folder / "file")
        return Sent(_name(seen, receipt.kind), (folder / "file").read_bytes(), receipt)


def _send(
    home: Home,
    viewer: Viewer,
    seen: Seen,
    kind: str,
    out: set[str] | None,
    merged: Merged,
    moment: datetime,
    way: str = campaigns.BY_FILE,
) -> Sent:
    """Make a file, keep it sealed, and claim it; whoever was faster wins, and that file is given."""
    rows, rules = campaigns.drawn(id=seen.id), campaigns.rules()
    held = {person for person, _, is_held, _ in rows if is_held}
    keys = [person for person, _, is_held, _ in rows if not is_held]
    keys = [key for key, may in zip(keys, sendable(keys, merged, held), strict=True) if may]
    drawn_by = {merged.get(key, key): key for key in keys}  # merged since, two of them are one line
    drawn_by = {person: key for person, key in drawn_by.items() if not out or person not in out}
    channel = channel_of(seen.wave, way)
    if channel is None:
        people, content = list(drawn_by.values()), _sheet(seen, kind, len(drawn_by))
    else:
        people, content = _listed(home, seen.wave, channel, drawn_by, rules, merged)
    if not people:
        raise GoldloopError(
            "wave_nobody_reached", "Nobody of this wave can be reached this way.", given=len(keys),
            todo="goldloop members wave contacts FILE --store NAME",
        )  # fmt: skip
    off = seen.wave.coupon.off if seen.wave.coupon and kind == "list" else 0
    cost = len(people) * (off + message_price(seen.wave, channel, rules))
    own = seen.wave.amount("budget")
    sha = _keep(home, content)
    receipt = campaigns.wave_file(
        viewer=viewer, id=seen.id, kind=kind, sha256=sha, people=people, cost=cost, budgeted=cost if own is None else own,
        capped=channel is not None, day=seen.wave.send, moment=moment,
        way=way,
    )  # fmt: skip
    if receipt.sha256 != sha:
        return _kept(home, seen, receipt)
    if kind == "list":
        actions.action_done(kind=KIND, ref=seen.id, receipt=sha)
    return Sent(_name(seen, kind), content, receipt, tuple(people))


def _listed(
    home: Home, wave: Wave, channel: str, drawn_by: Mapping[str, str], rules: Mapping[str, str], merged: Merged
) -> tuple[list[str], bytes]:
    """The keys of those who can be reached, and the list: phones with consent, or platform ids, opened for the file."""
    known = {merged.get(key, key): one for key, one in reachable(channel).items()}
    no_more = set(persons(sorted(stopped()), merged))
    people = [person for person in drawn_by if person in known and person not in no_more]
    seal = Seal(home.key("home"))
    coupon = wave.coupon
    amounts = [to_text(one, wave.currency) for one in ((coupon.off, coupon.minimum) if coupon else (0, 0))]
    reach = {person: seal.open(known[person].sealed).decode() for person in people}
    if wave.of("touch") == "call":
        before, behind = ([head.format(by=CALLED[channel]) for head in heads] for heads in TO_CALL)
        offer = (OF_COUPON, [*amounts, str(wave.until)]) if coupon else ((), [])
        rows = [[drawn_by[one][:SHOWN], reach[one], wave.of("text"), *offer[1], "", ""] for one in people]
        return [drawn_by[one] for one in people], _csv((*before, *offer[0], *behind), rows)
    if channel != "platform":
        more = [message_text(wave, rules), *amounts, str(wave.until), rules["hours"]]
    else:
        more = [*amounts, str(wave.until)]
    lines = [[reach[person], *more] for person in people]
    return [drawn_by[person] for person in people], _csv(HEADS[channel], lines)


def message_text(wave: Wave, rules: Mapping[str, str]) -> str:
    """What people read, under the shop's signature and with the way out; raises `wave_signature_needed`."""
    if not rules["signature"] or not wave.of("text"):
        raise GoldloopError(
            "wave_signature_needed", "A message needs a text and the shop's signature.",
            todo="goldloop members wave rules signature=NAME; goldloop members wave change ID text=...",
        )  # fmt: skip
    return f"【{rules['signature']}】{wave.of('text')} {rules['unsubscribe']}".strip()


def _sheet(seen: Seen, kind: str, size: int) -> bytes:
    """The conditions that are to be set by hand in the platform's own tool, and how many people it should find."""
    wave, audience = seen.wave, seen.wave.audience
    lines: list[list[Any]] = [["campaign", "触达编号", campaign(seen.id)], ["expected", "预计人数", size]]
    if audience.days is not None:
        lines.append(["first", "首购日期", f"{audience.days.first} ~ {audience.days.last}"])
        lines.append(["purchases", "购买次数", 1])
    else:
        lines.append([audience.kind, "人群", audience.group])
    for name, title in (("value_from", "首单金额不低于"), ("value_to", "首单金额低于")):
        if wave.of(name):
            lines.append([name, title, wave.of(name)])
    lines.append(["refunded", "近期无退款(天)", campaigns.rules()["refund_days"]])
    if kind == "reminder":
        lines.append(["unused", "券状态", "已领取未使用"])
    held = (seen.told or {}).get("held_units") or []
    if held:
        title = "不发的省份(留白)" if wave.of("units") == "region" else "不发的首购日(留白)"
        lines.append(["held_out", title, "、".join(one or "(未知)" for one in held)])
    if wave.coupon is not None:
        lines.append(["off", "券面额", wave.of("off")])
        lines.append(["minimum", "使用门槛", wave.of("minimum") or "0"])
    lines += [["send", "发放日", wave.send], ["until", "有效期至", wave.until]]
    return _csv(("condition", "条件", "值"), lines)


def _csv(heads: tuple[str, ...], rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _keep(home: Home, content: bytes) -> str:
    sha = hashlib.sha256(content).hexdigest()
    with scratch(home) as folder:
        plain = folder / "file"
        plain.write_bytes(content)
        _vault(home).keep(plain, sha)
    return sha


def _vault(home: Home) -> Vault:
    """Files of waves lie apart from imported ones, which only stay while an import rests on them."""
    folder = Path(home.root / "waves")
    folder.mkdir(mode=0o700, exist_ok=True)
    return Vault(folder, home.key("home"))


def _name(seen: Seen, kind: str) -> str:
    return f"wave-{seen.id}-{kind}.csv"


def forget_people(home: Home, names: Mapping[str, str]) -> int:
    """Take people who were forgotten (key -> the anonymous one) out of contacts and arms; files they are in are dropped."""
    files = campaigns.waves_with(people=names)
    for _, sha in files:
        _vault(home).drop(sha)
    campaigns.people_forget(names=names)
    return len(files)
