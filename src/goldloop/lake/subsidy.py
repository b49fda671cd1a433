"""Discounts that the platform bears, where a store's gmv is what buyers paid: taken off each order, shared over its lines.

Elsewhere gmv holds them and the columns here are null. What the platform gets back of a refund is no refund of gmv then.
"""

from __future__ import annotations

from goldloop.lake.share import share
from goldloop.lake.work import Work

UNKNOWN = "NULL::BIGINT"


def paid_only(work: Work) -> str:
    """SQL: whether gmv of a row's store is what buyers paid; empty where that is so of none."""
    ids = ", ".join(str(s.id) for s in work.stores.values() if s.gmv_amount == "paid")
    return f"store IN ({ids})" if ids else ""


def subsidy_sql(work: Work) -> str:
    """SQL: what of an order's merchant amount `whole` the platform bears; null where gmv is that amount.

    A discount that no file states is 0: then nothing tells the two amounts apart.
    """
    here = paid_only(work)
    if not here:
        return UNKNOWN
    borne = "CASE WHEN sold THEN greatest(least(coalesce(platform_discount, 0), whole), 0) ELSE 0 END"
    return f"CASE WHEN {here} AND whole IS NOT NULL THEN {borne} END"


def back_sql(work: Work) -> str:
    """SQL: what the platform gets of a settled refund `amount`; 0 where gmv holds its discounts."""
    here = paid_only(work)
    return f"CASE WHEN {here} THEN greatest(least(coalesce(amount_platform, 0), amount), 0) ELSE 0 END" if here else "0"


def split_subsidies(work: Work, part: str) -> str:
    """SQL: a line's share of its order's `subsidy`, from `l`, `sums` s, `shares` h and the table `subsidy_shares` b.

    As its lines state it where that sums to the order's, else by `part`, the SQL of the line's merchant amount.
    """
    if not paid_only(work):
        work.run("CREATE TEMP TABLE subsidy_shares (id BIGINT, part BIGINT)")
        return UNKNOWN
    work.run(
        f"CREATE TEMP TABLE unborne AS SELECT id, no, subsidy AS total, greatest({part}, 0) AS w FROM l JOIN sums s USING (no) "
        "LEFT JOIN shares h USING (id) WHERE sale AND subsidy <> 0 AND s.lines_discount IS DISTINCT FROM subsidy"
    )
    share(work, "unborne", into="subsidy_shares")
    return (
        "CASE WHEN s.subsidy IS NULL THEN NULL WHEN NOT sale OR s.subsidy = 0 THEN 0 "
        "WHEN s.lines_discount = s.subsidy THEN l.platform_discount ELSE b.part END"
    )
