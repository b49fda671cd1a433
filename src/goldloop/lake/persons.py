"""Who is whose key: the keys of buyers that are one person's, from all identities and what people decided about them.

The table ref/persons holds a row for each buyer key of a person who has several; everybody else is her own key. The
person is called by the least of her keys, so it does not matter in which order files came.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.core.arrays import array
from goldloop.core.decided import Decided
from goldloop.core.identity import MOST_BUYERS, Links, Solved, solve
from goldloop.lake.snapshot import Snapshot
from goldloop.lake.work import Work, text

PERSONS = pa.schema([("buyer_key", pa.string()), ("person", pa.string())])
NAME = "ref/persons"
EXACT = ("platform_id", "email", "phone")  # kinds of keys; all others are evidence
_COLUMNS = "store, buyer_key, identity_key, kind, buyer_kind"


@dataclass(frozen=True, slots=True)
class Known:
    """All links with exact keys, and what became of them: `keys` by number of node."""

    links: pa.Table
    keys: pa.Array
    solved: Solved

    def rows(self, mask: np.ndarray) -> list[dict[str, Any]]:
        """Some of the links, with `refused`."""
        some = self.links.append_column("refused", pa.array(self.solved.refused)).filter(pa.array(mask))
        return some.to_pylist()


def known(work: Work, decided: Decided) -> Known:
    """The links of a state and the groups that they make."""
    kinds = ", ".join(f"'{kind}'" for kind in EXACT)
    source = f"(SELECT {_COLUMNS} FROM {work.scan('facts/identities')} WHERE kind IN ({kinds}))"
    links = work.arrow(f"SELECT * FROM {source}")
    merged, apart = ([key for pair in pairs for key in pair] for pairs in (decided.merges, decided.aparts))
    said = pa.array([*merged, *apart, *decided.splits], pa.string())
    columns = [links[name].combine_chunks() for name in ("buyer_key", "identity_key")]
    coded = pa.concat_arrays([*columns, said]).dictionary_encode()
    codes, count = array(coded.indices).astype(np.int64), links.num_rows
    joined, torn, cut = np.split(codes[2 * count :], np.cumsum([len(merged), len(apart)]))
    is_account = array(pc.equal(links["buyer_kind"], "platform_id").fill_null(False))
    found = solve(
        Links(
            nodes=len(coded.dictionary),
            buyer=codes[:count],
            key=codes[count : 2 * count],
            weak=array(pc.equal(links["kind"], "phone")),
            account=np.where(is_account, array(links["store"]), -1),
        ),
        merges=joined,
        splits=cut,
        aparts=torn,
    )
    return Known(links, coded.dictionary, found)


def persons(work: Work, decided: Decided) -> pa.Table:
    """The rows of ref/persons: buyer keys of people who have several, by key."""
    if not work.parts("facts/identities") and not decided.merges:
        return PERSONS.empty_table()
    found = known(work, decided)
    group = found.solved.group
    several = np.bincount(group, minlength=len(group))[group] > 1
    nodes = pa.table({"buyer_key": found.keys.filter(pa.array(several)), "_group": pa.array(group[several])})
    work.hold("grouped", nodes)
    sources = [name for name in ("facts/orders", "facts/customers") if work.parts(name)]
    if not sources:
        return PERSONS.empty_table()
    buyers = " UNION ALL ".join(f"SELECT buyer_key FROM {work.scan(name)}" for name in sources)
    return work.arrow(
        "SELECT buyer_key, min(buyer_key) OVER (PARTITION BY _group) AS person FROM grouped SEMI JOIN "
        f"(SELECT buyer_key FROM ({buyers})) b USING (buyer_key) "
        "QUALIFY count(*) OVER (PARTITION BY _group) > 1 ORDER BY buyer_key"
    ).cast(PERSONS)


def moved(work: Work, before: Snapshot, decided: Decided) -> bool:
    """Whether buyers came or went since `before` of whom identities or decisions speak, which are the same in both states.

    Only files of orders and customers that were written or dropped since are read; a buyer who stands in others, too, counts.
    """
    if not decided.merges and not work.parts("facts/identities"):
        return False
    sides: tuple[list[str], list[str]] = ([], [])
    for name in ("facts/orders", "facts/customers"):
        old, new = before.files(name), work.base.files(name)
        sides[0].extend(sorted(set(old) - set(new)))
        sides[1].extend(sorted(set(new) - set(old)))
    gone, come = (_buyers_in(files) for files in sides)
    work.hold("merged", pa.table({"key": pa.array([key for pair in decided.merges for key in pair], pa.string())}))
    known = "SELECT key AS buyer_key FROM merged"
    if work.parts("facts/identities"):
        source = work.scan("facts/identities")
        known += f" UNION SELECT buyer_key FROM {source} UNION SELECT identity_key FROM {source}"
    found = work.arrow(
        f"WITH known AS MATERIALIZED ({known}), gone AS ({gone}), come AS ({come}) "
        "(FROM gone EXCEPT FROM come) UNION ALL (FROM come EXCEPT FROM gone) LIMIT 1"
    )
    return found.num_rows > 0


def _buyers_in(files: Sequence[str]) -> str:
    """SQL for the buyer keys in some files that are known; the others, mostly all, are not even gathered."""
    if not files:
        return "SELECT NULL::VARCHAR AS buyer_key LIMIT 0"
    listed = ", ".join(text(file) for file in files)
    return f"SELECT DISTINCT buyer_key FROM read_parquet([{listed}], hive_partitioning = false) SEMI JOIN known USING (buyer_key)"


def suggestions(work: Work, decided: Decided, *, most: int) -> list[dict[str, Any]]:
    """Pairs of people who agree in two of name, address and phone of their parcels, `most` at most.

    Left out are pairs that were said to be apart, and people of whom a key was split off. `one` and `other` are how they
    are called, `agree` what they have in common. An address or phone of many tells nothing.
    """
    if not work.parts("facts/identities"):
        return []
    source = work.scan("facts/identities")
    whose = (
        work.scan(NAME) if work.parts(NAME) else "(SELECT NULL::VARCHAR AS buyer_key, NULL::VARCHAR AS person LIMIT 0)"
    )
    work.run(
        "CREATE OR REPLACE TEMP TABLE said AS SELECT DISTINCT coalesce(person, s.buyer_key) AS who, kind, key FROM ("
        f"SELECT buyer_key, replace(kind, 'receiver_', '') AS kind, identity_key AS key FROM {source} UNION ALL "
        f"SELECT buyer_key, 'phone', buyer_key FROM {source} WHERE buyer_kind = 'phone') s "
        f"LEFT JOIN {whose} p ON p.buyer_key = s.buyer_key WHERE kind IN ('name', 'address', 'phone')"
    )
    work.hold(
        "apart", pa.table({side: pa.array([p[n] for p in decided.aparts], pa.string()) for n, side in enumerate("ab")})
    )
    work.hold("split", pa.table({"key": pa.array(decided.splits, pa.string())}))
    called = f"(SELECT coalesce(x.person, a) AS a, coalesce(y.person, b) AS b FROM apart LEFT JOIN {whose} x ON x.buyer_key = a "
    called += f"LEFT JOIN {whose} y ON y.buyer_key = b)"  # a person may be called by another key than on the day of the decision
    pairs = "SELECT a.who AS one, b.who AS other FROM rare a JOIN rare b ON a.key = b.key AND a.kind = b.kind AND a.who < b.who"
    return work.arrow(
        "WITH few AS (SELECT kind, key FROM said WHERE kind <> 'name' GROUP BY ALL "
        f"HAVING count(*) BETWEEN 2 AND {MOST_BUYERS}), rare AS (SELECT said.* FROM said SEMI JOIN few USING (kind, key)), "
        f"near AS (SELECT DISTINCT * FROM ({pairs}) WHERE one NOT IN (FROM split) AND other NOT IN (FROM split) "
        f"AND (one, other) NOT IN (SELECT (least(a, b), greatest(a, b)) FROM {called})) "
        "SELECT one, other, list(DISTINCT a.kind ORDER BY a.kind) AS agree FROM near JOIN said a ON a.who = one "
        "JOIN said b ON b.who = other AND b.kind = a.kind AND b.key = a.key GROUP BY one, other "
        f"HAVING count(DISTINCT a.kind) > 1 ORDER BY len(agree) DESC, one, other LIMIT {most}"
    ).to_pylist()


def purchases(work: Work, people: Collection[str]) -> dict[str, dict[str, Any]]:
    """What each of these people bought, by the key she is called by: `orders` that count, the `first` and `last` day of
    them, and the numbers of their `stores`. Who bought nothing is not among them."""
    if not (people and work.parts("facts/orders")):
        return {}
    asked = ", ".join(map(text, sorted(people)))
    keys = f"SELECT key AS buyer_key, key AS person FROM (SELECT unnest([{asked}]) AS key)"
    if work.parts(NAME):  # all keys of hers, of which the one she is called by is one
        keys += f" UNION SELECT buyer_key, person FROM {work.scan(NAME)} WHERE person IN ({asked})"
    found = work.arrow(
        "SELECT person, count(*) AS orders, min(day) AS first, max(day) AS last, list(DISTINCT store ORDER BY store) AS stores "
        f"FROM {work.scan('facts/orders')} JOIN ({keys}) USING (buyer_key) WHERE counts GROUP BY person"
    )
    return {row.pop("person"): row for row in found.to_pylist()}


def keys_called(work: Work, begin: str) -> list[str]:
    """The keys in ref/persons that begin so."""
    if not work.parts(NAME):
        return []
    found = work.arrow(
        f"SELECT buyer_key FROM {work.scan(NAME)} WHERE starts_with(buyer_key, {text(begin)}) ORDER BY 1"
    )
    return [str(one) for one in found["buyer_key"].to_pylist()]


def keys_of(work: Work, key: str) -> list[str]:
    """All buyer keys of the person to whom this one belongs, the least first: by that one she is called."""
    if not work.parts(NAME):
        return [key]
    files = f"(SELECT buyer_key, person FROM {work.scan(NAME)})"
    found = work.arrow(
        f"SELECT buyer_key FROM {files} WHERE person = (SELECT person FROM {files} WHERE buyer_key = {text(key)}) ORDER BY 1"
    )
    return [str(one) for one in found["buyer_key"].to_pylist()] or [key]


def keys_in(
    work: Work,
    keys: Sequence[str],
    stores: Collection[int],
    tables: Sequence[str] = ("facts/orders", "facts/customers"),
) -> list[str]:
    """Those of these buyer keys by which rows of these stores are kept: orders or customers."""
    names = [name for name in tables if work.parts(name)]
    if not (names and keys and stores):
        return []
    rows = " UNION ".join(f"SELECT buyer_key, store FROM {work.scan(name)}" for name in names)
    asked, places = ", ".join(text(key) for key in keys), ", ".join(map(str, sorted(stores)))
    found = work.arrow(
        f"SELECT DISTINCT buyer_key FROM ({rows}) WHERE buyer_key IN ({asked}) AND store IN ({places}) ORDER BY 1"
    )
    return [str(one) for one in found["buyer_key"].to_pylist()]


def keys_beside(work: Work, keys: Sequence[str]) -> list[str]:
    """All keys of the people who have one of these: as buyers, or as another identity that not too many share.

    Left out is what others have as well (a family's address) or are kept by (a friend's phone on a parcel).
    """
    if not work.parts("facts/identities") or not keys:
        return [one for key in keys for one in keys_of(work, key)]
    kinds, asked = ", ".join(text(kind) for kind in EXACT), ", ".join(text(key) for key in keys)
    buyers = work.arrow(
        f"SELECT DISTINCT buyer_key FROM {work.scan('facts/identities')} WHERE identity_key IN ({asked}) AND kind IN ({kinds}) "
        f"QUALIFY count(DISTINCT buyer_key) OVER (PARTITION BY identity_key) <= {MOST_BUYERS}"
    )["buyer_key"].to_pylist()
    held = sorted({one for key in (*keys, *buyers) for one in keys_of(work, key)})
    return [
        *held,
        *(link["identity_key"] for link in links_of(work, held) if not link["others"] and not link["is_buyer"]),
    ]


def owners(work: Work, keys: Collection[str]) -> dict[str, str]:
    """The person of each of these keys that stands beside one person only, by another identity of hers or as a buyer's."""
    if not keys or not work.parts("facts/identities"):
        return {}
    kinds, whose = (
        ", ".join(text(kind) for kind in EXACT),
        "(SELECT NULL::VARCHAR AS buyer_key, NULL::VARCHAR AS person LIMIT 0)",
    )
    if work.parts(NAME):
        whose = f"(SELECT buyer_key, person FROM {work.scan(NAME)})"
    work.hold("asked", pa.table({"key": sorted(keys)}))
    found = work.arrow(
        "SELECT key, min(coalesce(person, i.buyer_key)) AS person FROM asked JOIN "
        f"(SELECT buyer_key, identity_key, kind FROM {work.scan('facts/identities')} WHERE kind IN ({kinds})) i "
        f"ON identity_key = key LEFT JOIN {whose} p ON p.buyer_key = i.buyer_key "
        "GROUP BY key HAVING count(DISTINCT coalesce(person, i.buyer_key)) = 1"
    )
    return dict(zip(found["key"].to_pylist(), found["person"].to_pylist(), strict=True))


def alike(work: Work, pairs: Sequence[tuple[int, bool, str]]) -> set[int]:
    """Which pairs of people have a phone, an address or another key in common; (number of the pair, side, buyer key).

    However many others have it too: who sends parcels of many buyers to one door is asked about by whoever rewards them.
    """
    if not pairs or not work.parts("facts/identities"):
        return set()
    numbers, sides, keys = zip(*pairs, strict=True)
    work.hold("pairs", pa.table({"number": numbers, "side": sides, "buyer_key": keys}))
    said = (
        "SELECT number, side, identity_key AS key FROM pairs "
        f"JOIN (SELECT buyer_key, identity_key FROM {work.scan('facts/identities')} WHERE kind <> 'name') "
        "USING (buyer_key) UNION SELECT number, side, buyer_key FROM pairs"
    )
    found = work.arrow(
        f"WITH said AS ({said}) SELECT DISTINCT a.number FROM said a JOIN said b USING (number, key) WHERE a.side AND NOT b.side"
    )
    return set(found["number"].to_pylist())


def links_of(work: Work, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Every identity and every piece of evidence that files state of these buyer keys, with how many others have it too.

    Columns: store, buyer_key, identity_key, kind, others (buyers besides these with the same identity), is_buyer (somebody
    else's orders are kept by it).
    """
    if not work.parts("facts/identities") or not keys:
        return []
    mine = ", ".join(text(key) for key in keys)
    source = f"(SELECT {_COLUMNS} FROM {work.scan('facts/identities')})"
    orders = [name for name in ("facts/orders", "facts/customers") if work.parts(name)]
    buyers = " UNION ".join(f"SELECT buyer_key FROM {work.scan(name)}" for name in orders) or "SELECT NULL AS buyer_key"
    return work.arrow(
        f"WITH own AS (SELECT * FROM {source} WHERE buyer_key IN ({mine})), "
        f"near AS (SELECT identity_key, count(DISTINCT buyer_key) AS n FROM {source} SEMI JOIN own USING (identity_key) "
        f"WHERE buyer_key NOT IN ({mine}) GROUP BY 1) "
        "SELECT store, own.buyer_key, identity_key, kind, coalesce(n, 0)::INTEGER AS others, "
        f"identity_key NOT IN ({mine}) AND b.buyer_key IS NOT NULL AS is_buyer "
        "FROM own LEFT JOIN near USING (identity_key) "
        f"LEFT JOIN (SELECT buyer_key FROM ({buyers}) SEMI JOIN (SELECT identity_key AS buyer_key FROM own) USING (buyer_key)) b "
        "ON b.buyer_key = identity_key ORDER BY kind, store, own.buyer_key, identity_key"
    ).to_pylist()
