"""What of an order was refunded, on what basis, and each line's part of it."""

from __future__ import annotations

from goldloop.lake.share import share
from goldloop.lake.work import Work


def refunded_sql() -> str:
    """SQL for `refunded`, `refunded_basis` and `subsidy_refunded` of an order, from `done` (settled refunds), its row and its lines.

    Settled refunds of the after-sale list come first, then what the order's own row states, then its lines (unknown where
    one of them is). Never above gmv_all: refunded postage is no refund of goods. What goes beyond it, with the `back` that
    the list says the platform gets, is of its `subsidy`.
    """
    raw = (
        "CASE WHEN done IS NOT NULL THEN done WHEN refund_stated IS NOT NULL THEN refund_stated "
        "WHEN refund_basis = 'unknown' OR refund_unknown THEN NULL ELSE lines_refund END"
    )
    basis = (
        "CASE WHEN done IS NOT NULL THEN 'aftersale' "
        "WHEN refund_stated IS NOT NULL THEN CASE WHEN refund_basis IN ('inferred', 'unknown') THEN refund_basis "
        "ELSE 'stated' END WHEN refund_basis = 'unknown' OR refund_unknown THEN 'unknown' "
        "WHEN lines_refund IS NOT NULL THEN CASE WHEN refund_inferred THEN 'inferred' ELSE 'stated' END END"
    )
    cap = "greatest(gmv_all, 0)"
    refunded = f"CASE WHEN gmv_all IS NULL THEN {raw} ELSE CASE WHEN {raw} > {cap} THEN {cap} ELSE {raw} END END"
    whole = f"{raw} + CASE WHEN done IS NULL THEN 0 ELSE back END"
    beyond = f"least({whole}, gmv_all + subsidy) - {refunded}"
    return (
        f"{refunded} AS refunded, {basis} AS refunded_basis, "
        f"CASE WHEN subsidy IS NOT NULL AND {raw} IS NOT NULL THEN greatest({beyond}, 0) END AS subsidy_refunded"
    )


def split_refunds(work: Work, lined: bool) -> None:
    """Make `line_refunds` (id, part) from `sums`, `parts` and `r`; there are none when no order is `lined`.

    A line's own refund stays with it, the rest goes by what is left of gmv_all; parts sum exactly.
    """
    if not lined or not work.some("(SELECT 1 FROM sums WHERE refunded <> 0)"):
        work.run("CREATE TEMP TABLE line_refunds (id BIGINT, part BIGINT)")
        return
    work.run(
        "CREATE TEMP TABLE own AS SELECT id, no, sale, gmv_all, refunded, greatest(coalesce("
        "CASE WHEN refunded_basis = 'aftersale' THEN named ELSE refund_stated END, 0), 0) AS own "
        "FROM parts JOIN (SELECT no, refunded, refunded_basis FROM sums) USING (no) LEFT JOIN (SELECT id, sum(amount)::BIGINT AS named FROM r JOIN ("
        # two lines under one line number: the refund goes to the first of them
        "SELECT id, no, line_id FROM parts JOIN line_keys USING (id) WHERE no IN (SELECT no FROM r) "
        "QUALIFY row_number() OVER (PARTITION BY no, line_id ORDER BY line_key) = 1) USING (no, line_id) GROUP BY id"
        ") USING (id) WHERE refunded <> 0"
    )
    work.run(
        "CREATE TEMP TABLE rest AS SELECT o.*, refunded - owned AS rest, owned > refunded AS over "
        "FROM own o JOIN (SELECT no, sum(own)::BIGINT AS owned FROM own GROUP BY no) USING (no)"
    )
    work.run(
        "CREATE TEMP TABLE unshared AS SELECT id, no, CASE WHEN over THEN refunded ELSE rest END AS total, "
        "CASE WHEN over THEN own ELSE greatest(coalesce(gmv_all, 0) - own, 0) END AS w FROM rest "
        "WHERE CASE WHEN over THEN own > 0 ELSE sale END"
    )
    share(work, "unshared", into="refund_shares")
    work.run(
        "CREATE TEMP TABLE line_refunds AS SELECT id, (CASE WHEN over THEN 0 ELSE own END + coalesce(part, 0))::BIGINT AS part "
        "FROM rest LEFT JOIN refund_shares USING (id)"
    )
