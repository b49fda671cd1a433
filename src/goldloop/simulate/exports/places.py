"""Invented people and places for exports: clearly made up, phones in a test range, mail at example.com."""

from __future__ import annotations

from goldloop.simulate.arrays import Array

# Province, city, district, post code; the order is that of `world.REGION_WEIGHTS`.
CHINA = (
    ("浙江省", "杭州市", "西湖区", "310000"),
    ("江苏省", "南京市", "玄武区", "210000"),
    ("广东省", "广州市", "天河区", "510000"),
    ("上海", "上海市", "徐汇区", "200000"),
    ("北京", "北京市", "朝阳区", "100000"),
    ("四川省", "成都市", "锦江区", "610000"),
    ("山东省", "济南市", "历下区", "250000"),
    ("湖北省", "武汉市", "武昌区", "430000"),
    ("福建省", "厦门市", "思明区", "361000"),
    ("陕西省", "西安市", "雁塔区", "710000"),
)
# City, post code, province code, province name.
ABROAD = (
    ("Springfield", "62701", "IL", "Illinois"),
    ("Albany", "12207", "NY", "New York"),
    ("Gloucester", "01930", "MA", "Massachusetts"),
    ("Austin", "73301", "TX", "Texas"),
    ("Sacramento", "94203", "CA", "California"),
    ("Columbus", "43004", "OH", "Ohio"),
    ("Denver", "80201", "CO", "Colorado"),
    ("Salem", "97301", "OR", "Oregon"),
    ("Trenton", "08601", "NJ", "New Jersey"),
    ("Tampa", "33601", "FL", "Florida"),
)
_FAMILY = "赵钱孙李周吴郑王冯陈"


def member_names(customer: Array) -> list[str]:
    """Unmasked member names (会员名), one per customer."""
    return [f"演示会员{c:06d}" for c in customer.tolist()]


def masked_names(customer: Array) -> list[str]:
    """Masked member names: many customers share one, so it is no key."""
    return [f"{_FAMILY[c % 10]}**{c % 7}" for c in customer.tolist()]


def phones(customer: Array) -> list[str]:
    """Phones in the test range 1380000xxxx, with the apostrophe that keeps them text."""
    return [f"'1380000{c % 10_000:04d}" for c in customer.tolist()]


def addresses(region: Array, masked: bool) -> list[str]:
    """One string per order: province, city, district, street, post code in brackets."""
    street = "****" if masked else "演示路1号"
    words = [f"{p} {c} {d} {street}({z})" for p, c, d, z in CHINA]
    return [words[r] for r in region.tolist()]
