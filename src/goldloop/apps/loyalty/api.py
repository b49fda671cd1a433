"""The door of this context; everybody else imports from here only."""

from goldloop.apps.loyalty.contracts import FIELDS, Balance, Line, Program
from goldloop.apps.loyalty.queries import balance, kept_of, program, programs, tier_counts
from goldloop.apps.loyalty.services import book, burn, correct, join, people_forget, program_set

__all__ = [
    "FIELDS",
    "Balance",
    "Line",
    "Program",
    "balance",
    "book",
    "burn",
    "correct",
    "join",
    "kept_of",
    "people_forget",
    "program",
    "program_set",
    "programs",
    "tier_counts",
]
