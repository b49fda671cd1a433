"""到手价: discounts stacked by a platform's rules, and prices that are too low."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.core.price_guard import Off, Paid, check_face, hand_price, stacking, warnings

ON = date(2026, 6, 20)


def test_discounts_stack_as_the_platform_says() -> None:
    taobao, other = stacking("tmall"), stacking("other")
    full = {"item": 2000, "coupon": Off(3000, 30000), "threshold": Off(5000, 30000)}
    assert hand_price(39900, taobao, **full) == 39900 - 2000 - 3000 - 5000
    assert hand_price(69900, taobao, **full) == 69900 - 2000 - 3000 - 10000  # each full threshold counts
    assert hand_price(69900, other, **full) == 69900 - 2000 - 3000 - 5000  # or one of them
    assert hand_price(31900, taobao, **full) == 31900 - 2000  # the price after the item discount is below both minima
    assert hand_price(2500, other, coupon=Off(3000)) == 0


def test_a_price_is_warned_of_for_each_reason() -> None:
    rules = stacking("jd")
    sales = [Paid(ON - timedelta(days=n), price, 2) for n, price in ((40, 100), (31, 100), (20, 300), (5, 250))]
    told = {one.code: (one.limit, one.units) for one in warnings(200, sales, ON, rules, floor=210)}
    assert told == {"floor": (210, 0), "lowest": (250, 0), "protected": (300, 4)}
    assert warnings(250, sales[:3], ON, stacking("other"), floor=250)[0].code == "lowest"
    assert warnings(300, sales, ON, rules, floor=None) == []


def test_face_values_follow_the_steps() -> None:
    check_face(Off(500, 6900), stacking("tmall"), "CNY")
    for bad in (Off(550, 6900), Off(0, 100), Off(5000, 5000)):
        with pytest.raises(GoldloopError, match="no coupon of this face value"):
            check_face(bad, stacking("tmall"), "CNY")
    check_face(Off(550, 6900), stacking("other"), "CNY")
