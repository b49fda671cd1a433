"""Who of the lost bought again, by the reason that was given, against SQL written by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.jobs.test_waves import NOW, SEND, UNTIL, Shop, lines, shop, with_consent  # noqa: F401

from goldloop.cli.words import Words


def wave_of(shop: Shop) -> tuple[int, list[str]]:  # noqa: F811
    """A wave that calls people, and the keys of those on its list."""
    from goldloop.apps.campaigns import api as campaigns

    shop.contacts(with_consent(300))
    id = shop.wave(reach="A", touch="call", text="您好")
    shop.check(id)
    count = len(lines(shop.export(id).content))
    sent = sorted(person for person, _, _, on in campaigns.drawn(id=id) if on is not None)
    assert len(sent) == count > 150
    return id, sent


def test_who_bought_again_is_counted_by_reason_and_too_few_are_not_told(shop: Shop) -> None:  # noqa: F811
    from goldloop.jobs.wave_reasons import bought_again, reasons

    id, sent = wave_of(shop)
    said = ["price"] * 45 + ["quality"] * 40 + ["size"] * 8
    shop.last = date(2026, 6, 5)
    assert bought_again(shop.ask(), shop.viewer, id, {}) == {
        "known": None,
        "minimum": 30,
        "rows": [],
    }  # nobody has answered
    reasons(shop.home, shop.viewer, id, [[key[:12], code] for key, code in zip(sent, said, strict=False)], moment=NOW)
    assert bought_again(shop.ask(), shop.viewer, id, {})["known"] is None  # the wave has not begun
    names = {key: int(name.removeprefix("buyer")) for name, key in shop.keys.items()}
    back = [(sent[n], date(2026, 6, 6 + n)) for n in range(12)] + [(sent[n], SEND) for n in (3, 50, 51, 86, 120)]
    back += [
        (sent[20], date(2026, 7, 1)),
        (sent[60], date(2026, 6, 5)),
        (sent[61], UNTIL),
    ]  # after, before, on the last day
    shop.orders += [shop.order(names[key], day, 5000) for key, day in back]
    shop.last = date(2026, 7, 20)
    merged = {sent[70]: "one", sent[71]: "one", sent[50]: sent[50]}  # two who were called are one person, of one reason
    told = bought_again(shop.ask(), shop.viewer, id, merged)

    ask: Any = shop.ask()
    connection = ask.engine.snapshot.connection()
    connection.execute("CREATE TABLE answered (person TEXT, code TEXT)")
    codes = [*said, *[""] * (len(sent) - len(said))]
    connection.executemany("INSERT INTO answered VALUES (?, ?)", list(zip(sent, codes, strict=True)))
    connection.execute("CREATE TABLE same (buyer_key TEXT, person TEXT)")
    connection.executemany("INSERT INTO same VALUES (?, ?)", list(merged.items()))
    wanted = {
        code: (people, bought)
        for code, people, bought in connection.execute("""
        WITH known AS (SELECT coalesce(s.person, a.person) AS who, max(code) AS code FROM answered AS a LEFT JOIN same AS s ON s.buyer_key = a.person GROUP BY 1),
        back AS (SELECT DISTINCT coalesce(s.person, o.buyer_key) AS who FROM orders AS o LEFT JOIN same AS s USING (buyer_key)
                 WHERE o.counts AND o.day BETWEEN DATE '2026-06-06' AND DATE '2026-06-30')
        SELECT code, count(*), count(back.who) FROM known LEFT JOIN back USING (who) GROUP BY 1
    """).fetchall()
    }
    rows = {row["reason"]: row for row in told["rows"]}
    assert {code: row["people"] for code, row in rows.items()} == {code: one[0] for code, one in wanted.items()}
    for code in ("price", "quality", ""):
        row, (people, bought) = rows[code], wanted[code]
        assert (row["bought"], row["share"]) == (bought, bought / people) and row["low"] < row["share"] < row["high"]
    assert (rows["price"]["bought"], rows["quality"]["people"], rows["size"]["bought"]) == (12, 39, None)
    assert told["known"] == str(UNTIL)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ("bought since", "not enough yet", "gave none")), ("zh", ("之后又买", "样本不足", "没有给出原因"))],
)
def test_the_command_tells_it_in_both_languages(lang: str, words: tuple[str, ...]) -> None:
    from goldloop.cli.waves import _show_again

    shown: list[str] = []

    class Screen:
        words = Words(lang)

        def table(self, heads: list[str], rows: list[list[Any]], **_: Any) -> None:
            shown.extend([*heads, *(str(cell) for row in rows for cell in row)])

        def line(self, text: str) -> None:
            shown.append(text)

    enough = {"bought": 12, "share": 0.3, "low": 0.2, "high": 0.4}
    rows = [{"reason": "price", "people": 40, **enough}, {"reason": "", "people": 8, **dict.fromkeys(enough)}]
    _show_again(Screen(), {"known": "2026-06-30", "minimum": 30, "rows": rows})  # type: ignore[arg-type]
    assert set(words) <= set(shown) and "12  30.0% 20.0%..40.0%" in shown and "2026-06-30" in shown[-1]
