"""Which keys are one person's: exact keys first, rules for keys that are no person's, and what people decided."""

from goldloop.core.identity.groups import APART, CONFLICT, LARGE, MOST_BUYERS, MOST_KEYS, SHARED, Links, Solved, solve

__all__ = ["APART", "CONFLICT", "LARGE", "MOST_BUYERS", "MOST_KEYS", "SHARED", "Links", "Solved", "solve"]
