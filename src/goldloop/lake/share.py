"""Splitting integer amounts over lines so that nothing is lost: `core.money.split` for many orders at once, in SQL."""

from __future__ import annotations

from goldloop.lake.work import Work


def share(work: Work, source: str, *, into: str) -> None:
    """Table `into` (id, part) from table `source` (id, no, total, w): each order's `total` split by weights (none negative).

    part = floor(total x w / sum(w)), and one more for the largest remainders, ties by the line's key; equal parts where
    all weights of an order are 0. `total` may be negative. Exact in 128 bits: the parts of an order sum to its total.
    """
    if not work.one(f"SELECT count(*) FROM {source}"):
        work.run(f"CREATE TEMP TABLE {into} AS SELECT id, total AS part FROM {source}")
        return
    work.run(
        f"CREATE TEMP TABLE {into} AS WITH weighed AS (SELECT id, no, total, w, sum(w) OVER (PARTITION BY no) AS whole, "
        f"count(*) OVER (PARTITION BY no) AS n FROM {source}), "
        "sized AS (SELECT id, no, sign(total)::INTEGER AS sign, abs(total::HUGEINT) AS size, "
        "CASE WHEN whole = 0 THEN 1 ELSE w END::HUGEINT AS w, CASE WHEN whole = 0 THEN n ELSE whole END::HUGEINT AS whole "
        "FROM weighed), "
        "cut AS (SELECT *, size * w // whole AS part, size * w % whole AS rest FROM sized), "
        "ranked AS (SELECT *, row_number() OVER (PARTITION BY no ORDER BY rest DESC, line_key) AS place, "
        "size - sum(part) OVER (PARTITION BY no) AS missing FROM cut JOIN line_keys USING (id)) "
        "SELECT id, (sign * (part + CASE WHEN place <= missing THEN 1 ELSE 0 END))::BIGINT AS part FROM ranked"
    )
