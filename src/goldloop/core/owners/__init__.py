"""Three owners, double entry: every unit of money of a gap is booked to exactly one of them.

`books` are what a store sold or plans in a month, `account` says who owns which part of the gap between two of them,
`handover` is what traffic hands to members at the end of a month, `investment` an event that loses money to win buyers.
"""

from goldloop.core.owners.account import OWNERS, Account, Entry, account, merged
from goldloop.core.owners.books import Books, OwnersError, planned, summed
from goldloop.core.owners.handover import Handover, Investment, handover, investment

__all__ = [
    "OWNERS", "Account", "Books", "Entry", "Handover", "Investment", "OwnersError", "account", "handover", "investment",
    "merged", "planned", "summed",
]  # fmt: skip
