"""What a store sold, or plans to sell, in one month: every buyer is new or repeat, and every amount stands once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from goldloop.core.errors import GoldloopError

Count = int | float | Decimal


class OwnersError(GoldloopError):
    """Sales or a plan that cannot be booked."""


@dataclass(frozen=True, slots=True)
class Books:
    """Sales of one store and month: `gmv = new_gmv + repeat_gmv + unidentified_gmv`, in minor units.

    `new_buyers` and `repeat_buyers` are counts (parts of a plan may be fractions of a buyer). Where it is not known who
    is new, all four are None and the whole amount stands in `unidentified_gmv`.

    >>> Books(2, 500, 1, 300, 40).gmv, Books.unsplit(840).split
    (840, False)
    """

    new_buyers: Count | None
    new_gmv: int | None
    repeat_buyers: Count | None
    repeat_gmv: int | None
    unidentified_gmv: int = 0

    def __post_init__(self) -> None:
        for kind, buyers, gmv in (
            ("new", self.new_buyers, self.new_gmv),
            ("repeat", self.repeat_buyers, self.repeat_gmv),
        ):
            if (buyers is None) != (gmv is None) or (gmv is None) != (self.new_gmv is None):
                raise OwnersError(
                    "books_half", "Buyers and sales, new and repeat, are known together or not at all.", given=kind
                )
            if (buyers or 0) < 0 or (gmv or 0) < 0:
                raise OwnersError(
                    "books_negative", "Buyers and their sales are not negative.", given=f"{buyers}, {gmv}"
                )
            if gmv and not buyers:
                raise OwnersError(
                    "books_no_buyers",
                    "There are sales but no buyers who made them.",
                    given=f"{kind}: {gmv}",
                    allowed="both, or neither",
                )

    @classmethod
    def unsplit(cls, gmv: int) -> Books:
        """Sales of which it is not known who made them."""
        return cls(None, None, None, None, gmv)

    @property
    def split(self) -> bool:
        """Whether it is known who is new and who came back."""
        return self.new_gmv is not None

    @property
    def gmv(self) -> int:
        """All sales, in minor units."""
        return (self.new_gmv or 0) + (self.repeat_gmv or 0) + self.unidentified_gmv

    def part(self, share: float) -> Books:
        """The part of a plan that is due after this share (0 to 1) of its month: counts and amounts times `share`.

        Amounts are rounded half up to the minor unit, counts are not rounded.

        >>> Books(16_000, 130, 10_600, 110).part(0.25)
        Books(new_buyers=4000.0, new_gmv=33, repeat_buyers=2650.0, repeat_gmv=28, unidentified_gmv=0)
        """
        if self.new_buyers is None or self.repeat_buyers is None:
            return Books.unsplit(_share(self.gmv, share))
        return Books(
            float(self.new_buyers) * share,
            _share(self.new_gmv or 0, share),
            float(self.repeat_buyers) * share,
            _share(self.repeat_gmv or 0, share),
            _share(self.unidentified_gmv, share),
        )


def _share(amount: int, share: float) -> int:
    return int((amount * Decimal(share)).to_integral_value(rounding=ROUND_HALF_UP))


def summed(books: Iterable[Books]) -> Books:
    """Books of several stores or months in one; amounts of those without a split join the unidentified ones.

    >>> summed([Books(2, 500, 1, 300), Books.unsplit(50)])
    Books(new_buyers=2, new_gmv=500, repeat_buyers=1, repeat_gmv=300, unidentified_gmv=50)
    """
    every = list(books)
    known = [one for one in every if one.split]
    if not known:
        return Books.unsplit(sum(one.gmv for one in every))
    unidentified = sum(one.unidentified_gmv for one in every)
    counts = [sum(_exact(getattr(one, name)) for one in known) for name in ("new_buyers", "repeat_buyers")]
    amounts = [sum(getattr(one, name) for one in known) for name in ("new_gmv", "repeat_gmv")]
    new, repeat = (int(c) if c == int(c) else float(c) for c in counts)
    return Books(new, amounts[0], repeat, amounts[1], unidentified)


def _exact(count: Count) -> Decimal:
    return Decimal(count)


PLANNED = ("new_buyers", "new_gmv", "repeat_buyers", "repeat_gmv")


def planned(values: Mapping[str, Count]) -> Books:
    """The books of a month's plan from its variables: counts, and amounts in minor units.

    Of new and of repeat buyers each two of count, amount and value per buyer are needed: `new_buyers`, `new_gmv`,
    `new_buyer_value` (minor units per buyer), and the same with `repeat_`; `unidentified_gmv` is 0 unless it is given.
    With `gmv` alone nothing is split. Raises `plan_incomplete`, `plan_zero` (a count or value that is 0 or less) and
    `plan_apart` (count x value is not the amount, by more than half a unit per buyer).

    >>> planned({"new_buyers": 16_000, "new_gmv": 130_000_000, "repeat_buyers": 10_600, "repeat_buyer_value": 10_377})
    Books(new_buyers=16000, new_gmv=130000000, repeat_buyers=10600, repeat_gmv=109996200, unidentified_gmv=0)
    """
    for name, value in values.items():
        if value < 0 or (value == 0 and name != "unidentified_gmv"):
            raise OwnersError(
                "plan_zero", f"A plan with {name} {value} plans nothing.", given=value, allowed="more than 0", name=name
            )
    unidentified = int(values.get("unidentified_gmv", 0))
    if not {f"{kind}_{what}" for kind in ("new", "repeat") for what in ("gmv", "buyers", "buyer_value")} & set(values):
        if "gmv" not in values:
            raise OwnersError(
                "plan_incomplete",
                "The plan does not say enough.",
                given=sorted(values),
                allowed=[*PLANNED, "gmv"],
                missing="gmv",
            )
        return Books.unsplit(int(values["gmv"]))
    sides = [_side(kind, values) for kind in ("new", "repeat")]
    found = Books(*sides[0], *sides[1], unidentified)
    if "gmv" in values and int(values["gmv"]) != found.gmv:
        raise OwnersError(
            "plan_apart",
            "The parts of the plan do not make its whole.",
            given=int(values["gmv"]),
            allowed=found.gmv,
            name="gmv",
        )
    return found


def _side(kind: str, values: Mapping[str, Count]) -> tuple[Count, int]:
    buyers, gmv, value = (values.get(f"{kind}_{what}") for what in ("buyers", "gmv", "buyer_value"))
    if (buyers is None) + (gmv is None) + (value is None) > 1:
        missing = " or ".join(
            f"{kind}_{what}" for what in ("buyers", "gmv", "buyer_value") if f"{kind}_{what}" not in values
        )
        raise OwnersError(
            "plan_incomplete",
            "The plan does not say enough.",
            given=sorted(values),
            allowed=list(PLANNED),
            missing=missing,
        )
    if gmv is None:
        assert buyers is not None and value is not None
        return buyers, int((Decimal(buyers) * Decimal(value)).to_integral_value(rounding=ROUND_HALF_UP))
    if buyers is None:
        assert value is not None
        return float(Decimal(gmv) / Decimal(value)), int(gmv)
    if value is not None and abs(Decimal(buyers) * Decimal(value) - Decimal(gmv)) > Decimal(buyers) / 2:
        product = int(Decimal(buyers) * Decimal(value))
        raise OwnersError(
            "plan_apart",
            "The parts of the plan do not make its whole.",
            given=int(gmv),
            allowed=product,
            name=f"{kind}_gmv",
        )
    return buyers, int(gmv)
