"""Why people whom a wave has reached no longer buy: answers of those who were called or asked, kept by reason and counted,
and how many of each reason have bought since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.campaigns.api import Answered
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.holdout import persons
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs.vault import Seal

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Ask

SHORTEST = 6  # characters of a member's number
LONGEST = 500  # of a note
MOST_LINES = 200_000  # of a file of answers
COLUMNS = (("会员编号", "member"), ("原因", "reason"), ("备注", "note"))
SAID = {  # how callers write it, and in which words files are asked for
    "price": ("价格", "价格贵", "太贵"), "quality": ("质量", "质量不好"), "size": ("尺码", "尺码不合适"),
    "delivery": ("物流", "物流慢"), "service": ("服务", "服务不好"), "elsewhere": ("别家", "在别家买了"),
    "no_need": ("不需要", "暂时不需要"), "unreached": ("未联系上", "打不通"), "other": ("其他",),
}  # fmt: skip
CODES = {name.casefold(): code for code in campaigns.REASONS for name in (code, *SAID[code])}


def rows_of(path: Path) -> list[list[str]]:
    """Member, reason and note of each line of a file, such as a list to call that came back filled; raises `wave_answers_bad`, `wave_lines_many`."""
    from goldloop.connectors.readers import sheets

    table = next(iter(sheets(path))).table(1)
    check_lines(table.num_rows)
    names = [next((name for name in both if name in table.column_names), "") for both in COLUMNS]
    if not names[0] or not names[1]:
        raise GoldloopError(
            "wave_answers_bad", "The file names no members or no reasons.", given=table.column_names[:20],
            allowed=[name for name, _ in COLUMNS],
        )  # fmt: skip
    return [[str(line.get(name) or "") for name in names] for line in table.to_pylist()]


def check_lines(count: int) -> None:
    """Raise `wave_lines_many` for a file of more lines than a wave has people."""
    if count > MOST_LINES:
        raise GoldloopError("wave_lines_many", "The file has too many lines.", given=count, allowed=MOST_LINES)


def reasons(home: Home, viewer: Viewer, id: int, rows: Sequence[Sequence[str]], *, moment: datetime) -> dict[str, Any]:
    """Keep answers (member, reason, note) and count all of a wave's; `refused` says how many lines were no answer, and why.

    Raises `wave_unknown`.
    """
    seen = campaigns.wave_show(viewer=viewer, id=id)
    sent = [person for person, _, _, sent_on in campaigns.drawn(id=id) if sent_on is not None]
    called: dict[str, list[str]] = {}
    for person in sent:
        called.setdefault(person[:SHORTEST], []).append(person)
    seal, found, refused = Seal(home.key("home")), [], dict.fromkeys(("no_member", "no_reason"), 0)
    for row in rows:
        member, said, note = (*(str(cell).strip() for cell in row), "", "", "")[:3]
        if not said:
            continue  # nobody answered
        begin, code = member.lower(), CODES.get(said.casefold())
        people = [one for one in called.get(begin[:SHORTEST], ()) if one.startswith(begin)]
        if len(begin) < SHORTEST or len(people) != 1:
            refused["no_member"] += 1
        elif code is None:
            refused["no_reason"] += 1
        else:
            found.append(Answered(people[0], code, seal.seal(note[:LONGEST].encode()) if note else b""))
    kept = campaigns.reasons_put(viewer=viewer, id=id, found=found, moment=moment) if found else 0
    counts = campaigns.reason_counts(id=id)
    return {
        "wave": id, "kept": kept, "refused": {name: count for name, count in refused.items() if count},
        "asked": sum(one.lines for one in seen.files if one.kind == "list"), "answered": sum(counts.values()),
        "reasons": counts,
    }  # fmt: skip


def bought_again(ask: Ask, viewer: Viewer, id: int, merged: Mapping[str, str]) -> dict[str, Any]:
    """How many of those who gave each reason have bought since the wave went out, up to its last day as far as it is loaded.

    `rows`: reason ('' for who gave none), people, and `bought` with its share and 80 % interval, None of fewer than `minimum` people. `known`:
    the last day that counts, None before the wave. A reason is no lot: what the wave brought is told by its hold-out alone.
    """
    import numpy as np

    from goldloop.core.members.shares import share_interval
    from goldloop.metrics.members.asked import LEAST
    from goldloop.metrics.members.waves import bought

    wave, codes = campaigns.wave_show(viewer=viewer, id=id).wave, campaigns.reasons_of(id=id)
    told: dict[str, Any] = {"known": None, "minimum": LEAST, "rows": []}
    if not codes or ask.until < wave.send:
        return told
    sent = [person for person, _, _, sent_on in campaigns.drawn(id=id) if sent_on is not None]
    of: dict[str, str] = {}
    for key, person in zip(sent, persons(sent, merged), strict=True):
        of[person] = of.get(person) or codes.get(key, "")
    people, days = np.array(list(of), object), Period(wave.send, min(ask.until, wave.until))
    again = bought(ask, people, days, merged).orders > 0
    code = np.array([of[person] for person in people.tolist()], object)
    for one in (*campaigns.REASONS, ""):
        mine = code == one
        count, hits = int(mine.sum()), int(again[mine].sum())
        if count:
            low, high = (float(end[0]) for end in share_interval(np.array([hits]), np.array([count])))
            enough = {"bought": hits, "share": hits / count, "low": low, "high": high}
            none = dict.fromkeys(enough)
            told["rows"].append({"reason": one, "people": count, **(enough if count >= LEAST else none)})
    return {**told, "known": str(days.last)}
