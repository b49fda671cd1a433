"""Splitting integer amounts over lines so that nothing is lost: `core.money.split` for many orders at once, in SQL."""

from __future__ import annotations

from goldloop.lake.work import Work

_BIGINT = 2**63 - 1


def share(work: Work, source: str, *, into: str) -> None:
    """Table `into` (id, part) from table `source` (id, no, total, w): each order's `total` split by weights (none negative).

    part = floor(total x w / sum(w)), and one more for the largest remainders, ties by the line's key; equal parts where
    all weights of an order are 0. `total` may be negative. Exact, in 128 bits where 64 might not do: the parts of an
    order sum to its total.
    """
    if not work.some(source):
        work.run(f"CREATE TEMP TABLE {into} (id BIGINT, part BIGINT)")
        return
    largest = work.one(f"SELECT max(abs(total::HUGEINT)) * greatest(max(w), 1) FROM {source}")
    exact = "BIGINT" if largest <= _BIGINT else "HUGEINT"
    work.run(
        "CREATE OR REPLACE TEMP TABLE cut AS SELECT id, no, sign, size, size * w // whole AS part, size * w % whole AS rest "
        f"FROM (SELECT id, no, sign(total) AS sign, abs(total)::{exact} AS size, CASE WHEN whole = 0 THEN 1 ELSE w END AS w, "
        f"CASE WHEN whole = 0 THEN n ELSE whole END AS whole FROM {source} "
        f"JOIN (SELECT no, sum(w)::BIGINT AS whole, count(*) AS n FROM {source} GROUP BY no) USING (no))"
    )
    short = "SELECT no, (any_value(size) - sum(part))::BIGINT AS missing FROM cut GROUP BY no HAVING missing > 0"
    work.run(
        "CREATE OR REPLACE TEMP TABLE more AS SELECT id FROM (SELECT id, missing, "
        "row_number() OVER (PARTITION BY no ORDER BY rest DESC, line_key) AS place FROM line_keys k "
        f"JOIN (SELECT c.*, missing FROM cut c JOIN ({short}) USING (no)) USING (id)) WHERE place <= missing"
    )
    work.run(
        f"CREATE TEMP TABLE {into} AS SELECT c.id, (sign * (part + CASE WHEN m.id IS NULL THEN 0 ELSE 1 END))::BIGINT AS part "
        "FROM cut c LEFT JOIN more m USING (id)"
    )
