"""What a sheet says of a buyer besides her key: every different pair once, masks and parcels of nobody left out."""

from __future__ import annotations

import pyarrow as pa

from goldloop.connectors.identity import buyer_keys
from goldloop.core.store import Store
from tests.connectors.support import SECRET, Rows, rows, said

STORE = Store(id=7, name="S", platform="shopify", currency="EUR", timezone="Europe/Vienna")
HEAD = (
    "Name", "Email", "Phone", "Financial Status", "Paid at", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
    "Subtotal", "Shipping Name", "Shipping Address1", "Shipping Zip", "Shipping Phone",
)  # fmt: skip
AT = "2026-03-01 10:00:00 +0000"


def order(name: str, mail: str, phone: str, *parcel: str) -> list[str]:
    return [name, mail, phone, "paid", AT, AT, "1", "Cup", "9.00", "9.00", *(parcel or ("", "", "", ""))]


def key(value: str, kind: str) -> str:
    return str(buyer_keys(pa.array([value]), kind=kind, store=STORE, secret=SECRET)[0])


def links(*orders: list[str]) -> list[tuple[str, str, str]]:
    found = rows(
        said(Rows("\n".join("|".join(line) for line in (HEAD, *orders))), "shopify-orders", STORE), "identities"
    )
    return [(row["buyer_key"], row["kind"], row["identity_key"]) for row in found]


def test_every_other_identity_is_said_once_in_the_form_in_which_it_is_equal() -> None:
    ann, phone = key("ann@example.com", "email"), key("+43 660 1234567", "phone")
    found = links(
        order("1", "ann@example.com", "+43 660 1234567", "Ann Dew", "Ring 1", "1010", "00436601234567"),
        order("2", "Ann@Example.com ", "+436601234567", "ANN  DEW", "ring, 1", "1010", ""),
    )
    assert sorted(found) == sorted([
        (ann, "phone", phone), (ann, "name", key("ann dew", "name")), (ann, "address", key("Ring 1 1010", "address")),
        (ann, "receiver_phone", key("00436601234567", "phone")),
    ])  # fmt: skip


def test_what_is_masked_or_nobodys_links_nothing_and_one_identity_says_nothing_more() -> None:
    masked = order("1", "ann@example.com", "138****8000", "A**", "Ring 1****", "1010", "13800138000-1234")
    short = order("2", "bob@example.com", "", "x", "R", "1", "000")
    alone = order("3", "", "+43 660 1234567")
    assert links(masked, short, alone) == []
