"""What an event is to be: name, kind, phases, enrolled products and goals, read from what people type into texts that compare."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from goldloop.core.calendar import Period, parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent
from goldloop.core.plan.plan import read_number

KINDS = ("platform", "store", "members", "acquisition", "coupon", "ads", "launch", "other")
BENDING = frozenset(KINDS[:4])  # what makes its days no ordinary ones
PHASES = ("warm_up", "presale", "sale", "encore", "tail")
OPEN = frozenset({"sale", "encore"})
LONGEST_DAYS, MOST_PHASES, MOST_PRODUCTS = 400, 20, 500
TEXTS = {"name": 60, "hypothesis": 500}  # characters
MONEY, SHARES, COUNTS = ("fee", "target"), ("margin",), ("target_new_buyers",)
FIELDS = ("name", "kind", "phases", "products", *MONEY, *COUNTS, *SHARES, "hypothesis")
_MOMENT = r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?"
_PHASE = re.compile(rf"(?:([a-z_]+)\s+)?{_MOMENT}(?:\.\.{_MOMENT})?(?:\s+(\S.*))?")
_END = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class EventPhase:
    """A stretch of an event, wall clock, both ends inside; `name` is what people call it, '' for what its kind says."""

    kind: str
    first: datetime
    last: datetime
    name: str = ""

    def __str__(self) -> str:
        days = Period(self.first.date(), self.last.date())
        ends = f"{days.first}..{days.last}" if self.whole_days else f"{_moment(self.first)}..{_moment(self.last)}"
        return f"{self.kind} {ends} {self.name}".rstrip()

    @property
    def whole_days(self) -> bool:
        """Whether it opens and closes at midnight."""
        return self.first.time() == time() and self.last.time() == _END


@dataclass(frozen=True, slots=True)
class Product:
    """An enrolled product, a value of the cut `product`; its price in the event (major units) and the stock set aside, '' if not said."""

    id: str
    price: str = ""
    stock: str = ""

    def __str__(self) -> str:
        return (
            self.id + (f"={self.price}" if self.price or self.stock else "") + (f"/{self.stock}" if self.stock else "")
        )


@dataclass(frozen=True, slots=True)
class Content:
    """An event as somebody proposes it. `said`: field -> text, as it is kept; money in major units, several values by line."""

    said: Mapping[str, str]

    @property
    def name(self) -> str:
        """What the event is called."""
        return self.said["name"]

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.said["kind"]

    @property
    def phases(self) -> tuple[EventPhase, ...]:
        """Its phases, the first one first."""
        return tuple(parse_phase(line) for line in self.said["phases"].splitlines())

    @property
    def products(self) -> tuple[Product, ...]:
        """The enrolled products."""
        return tuple(parse_product(line) for line in self.said.get("products", "").splitlines())

    @property
    def days(self) -> Period:
        """From the first day of its first phase to the last day of its last."""
        return Period(min(p.first for p in self.phases).date(), max(p.last for p in self.phases).date())

    @property
    def waves(self) -> tuple[Period, ...]:
        """The runs of open days."""
        found: list[Period] = []
        for one in self.phases:
            if one.kind not in OPEN:
                continue
            days = Period(one.first.date(), one.last.date())
            if found and (days.first - found[-1].last).days <= 1:
                days = Period(found[-1].first, max(found.pop().last, days.last))
            found.append(days)
        return tuple(found)

    @property
    def opens(self) -> date:
        """The first open day."""
        return self.waves[0].first

    @property
    def ends(self) -> date:
        """The last open day."""
        return self.waves[-1].last

    def amount(self, field: str) -> Decimal | None:
        """A number of the content (money in major units, a share as a fraction); None where it is not said."""
        text = self.said.get(field)
        return None if text is None else Decimal(text)

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it: money as text, a share as a number, phases and products as objects."""
        known = {field: self.said.get(field) for field in (*MONEY, "hypothesis")}
        return {
            "name": self.name,
            "kind": self.kind,
            "phases": [
                {"kind": p.kind, "name": p.name, "from": p.first.isoformat(), "to": p.last.isoformat()}
                for p in self.phases
            ],
            "products": [{"id": p.id, "price": p.price or None, "stock": p.stock or None} for p in self.products],
            **known,
            **{field: None if self.said.get(field) is None else int(self.said[field]) for field in COUNTS},
            **{field: None if self.said.get(field) is None else float(self.said[field]) for field in SHARES},
        }


def problems(given: Mapping[str, str], currency: str) -> dict[str, GoldloopError]:
    """What is wrong with the texts of an event, by field; nothing where all of them can be read."""
    found = {}
    for field in FIELDS:
        try:
            _read(field, given.get(field, ""), currency)
        except GoldloopError as error:
            found[field] = error
    return found


def read_content(given: Mapping[str, str], currency: str) -> Content:
    """An event from what was typed, each text as it is kept; empty fields are left out.

    Raises `event_field_unknown`, `event_name_bad`, `event_kind_unknown`, `event_phases_bad`, `event_products_bad`,
    `event_amount_bad` or `plan_number_bad`.

    >>> read_content({"name": "Summer", "phases": "2026-06-16T20:00..2026-06-18", "fee": "1.5万"}, "CNY").said["fee"]
    '15000'
    """
    for field in given:
        if field not in FIELDS:
            raise GoldloopError(
                "event_field_unknown", f"An event has no '{field}'.", given=field, allowed=list(FIELDS), field=field
            )
    said = {field: _read(field, given.get(field, ""), currency) for field in FIELDS}
    return Content({field: text for field, text in said.items() if text})


@lru_cache(maxsize=4096)
def parse_phase(text: str) -> EventPhase:
    """A phase as people type it: `[KIND] FROM[..TO] [NAME]`, each end a day or a day and an hour; raises `event_phases_bad`.

    >>> str(parse_phase("2026-06-16T20:00..2026-06-18 first wave"))
    'sale 2026-06-16T20:00..2026-06-18T23:59 first wave'
    """
    match = _PHASE.fullmatch(text.strip())
    if match is None or (match[1] or "sale") not in PHASES:
        raise _bad_phase(text)
    kind, day, hour, last_day, last_hour, name = match.groups()
    first = datetime.combine(parse_day(day), _time(hour, time(), text))
    last = datetime.combine(parse_day(last_day or day), _time(last_hour, _END, text))
    if last < first:
        raise _bad_phase(text)
    return EventPhase(kind or "sale", first, last, (name or "").strip()[:60])


def parse_product(text: str) -> Product:
    """An enrolled product as people type it, `ID[=PRICE[/STOCK]]`; raises `event_products_bad`.

    >>> parse_product("cup=9.90/500")
    Product(id='cup', price='9.90', stock='500')
    """
    id, _, rest = text.strip().rpartition("=") if "=" in text else (text.strip(), "", "")
    price, _, stock = rest.partition("/")
    numbers = re.fullmatch(r"(\d{1,12}(\.\d{1,3})?)?", price.strip()) and re.fullmatch(r"\d{0,12}", stock.strip())
    if not id.strip() or len(text) > 200 or not text.isprintable() or not numbers:
        raise GoldloopError(
            "event_products_bad",
            f"'{text[:60]}' is no enrolled product.",
            given=text[:200],
            allowed="ID, ID=PRICE or ID=PRICE/STOCK",
            field="products",
            said=text[:60],
        )
    return Product(id.strip(), price.strip(), stock.strip())


def _read(field: str, text: str, currency: str) -> str:
    """A field's text as it is kept; '' where it is empty and may be."""
    text = text.strip()
    if field in TEXTS:
        return _words(field, text)
    if field == "kind":
        return _kind(text or "store")
    if field == "phases":
        return _phases(text)
    if field == "products":
        return _products(text)
    return _amount(field, text, currency) if text else ""


def _words(field: str, text: str) -> str:
    clean = " ".join(text.split())
    if len(clean) > TEXTS[field] or not clean.isprintable() or (field == "name" and not clean):
        raise GoldloopError(
            "event_text_bad",
            f"The {field} of an event has at most {TEXTS[field]} printable characters, and its name has some.",
            given=clean[: TEXTS[field]],
            field=field,
            most=TEXTS[field],
        )
    return clean


def _kind(text: str) -> str:
    if text not in KINDS:
        raise GoldloopError(
            "event_kind_unknown",
            f"'{text}' is no kind of event.",
            given=text,
            allowed=list(KINDS),
            field="kind",
            kind=text,
        )
    return text


def _lines(text: str) -> list[str]:
    """The values of a field that has several: one a line, or with semicolons between them."""
    return [line for line in re.split(r"[\n;]", text) if line.strip()]


def _phases(text: str) -> str:
    lines = _lines(text)
    found = sorted((parse_phase(line) for line in lines[: MOST_PHASES + 1]), key=lambda p: (p.first, p.last, p.kind))
    if not any(one.kind in OPEN for one in found) or len(found) > MOST_PHASES:
        raise GoldloopError(
            "event_no_open_days",
            f"An event has 1 to {MOST_PHASES} phases, one of them a sale.",
            given=text[:200],
            allowed="sale FROM..TO",
            field="phases",
            most=MOST_PHASES,
        )
    days = Period(found[0].first.date(), max(one.last for one in found).date())
    if days.days > LONGEST_DAYS:
        raise GoldloopError(
            "event_too_long",
            f"An event lasts at most {LONGEST_DAYS} days.",
            given=days.days,
            allowed=LONGEST_DAYS,
            field="phases",
            most=LONGEST_DAYS,
        )
    return "\n".join(map(str, found))


def _products(text: str) -> str:
    lines = _lines(text)
    found = {one.id: one for one in map(parse_product, lines[: MOST_PRODUCTS + 1])}
    if len(found) > MOST_PRODUCTS:
        raise GoldloopError(
            "event_products_many",
            f"An event enrols at most {MOST_PRODUCTS} products.",
            given=len(lines),
            allowed=MOST_PRODUCTS,
            field="products",
            most=MOST_PRODUCTS,
        )
    return "\n".join(map(str, found.values()))


def _amount(field: str, text: str, currency: str) -> str:
    try:
        number = read_number(text, field)
    except GoldloopError as error:
        error.params["field"] = field
        raise
    steps = 10 ** exponent(currency) if field in MONEY else 1
    fits = 0 < number <= 1 if field in SHARES else 0 <= number <= 10**15 and (number * steps).denominator == 1
    if not fits or (field == "target" and not number):
        raise GoldloopError(
            "event_amount_bad",
            f"The {field} of an event cannot be {text}.",
            given=text,
            allowed="above 0, up to 1" if field in SHARES else "0 or more",
            field=field,
            name=field,
        )
    return f"{(Decimal(number.numerator) / Decimal(number.denominator)).normalize():f}"


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%dT%H:%M}"


def _time(text: str | None, otherwise: time, whole: str) -> time:
    if text is None:
        return otherwise
    try:
        found = time.fromisoformat(text)
    except ValueError:
        raise _bad_phase(whole) from None
    return _END if found == time(23, 59) else found


def _bad_phase(text: str) -> GoldloopError:
    return GoldloopError(
        "event_phases_bad",
        f"'{text[:60]}' is no phase of an event.",
        given=text[:200],
        allowed=f"[{'|'.join(PHASES)}] FROM[..TO] [NAME], FROM and TO as 2026-06-16 or 2026-06-16T20:00",
        field="phases",
        said=text[:60],
    )
