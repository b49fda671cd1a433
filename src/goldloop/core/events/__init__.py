"""Normal days and events: what a day would have been without an event, and what the event brought.

`normal` is the baseline of figures.md section 3, `review` the account of an event. Numbers in, numbers out.
"""

from goldloop.core.events.normal import BASES, Normal, normal, normal_between
from goldloop.core.events.review import DIP_DAYS, WAITING_DAYS, Part, Review, Verdict, event_review

__all__ = [
    "BASES",
    "DIP_DAYS",
    "WAITING_DAYS",
    "Normal",
    "Part",
    "Review",
    "Verdict",
    "event_review",
    "normal",
    "normal_between",
]
