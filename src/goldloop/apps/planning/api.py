"""The door of this context; everybody else imports from here only."""

from goldloop.apps.planning.contracts import (
    OWNERS,
    Answer,
    Comment,
    Difference,
    LockRow,
    Plan,
    Version,
    differences,
    lock_name,
)
from goldloop.apps.planning.queries import plan_list, plan_show, version_list
from goldloop.apps.planning.services import (
    Proposal,
    plan_accept,
    plan_change,
    plan_comment,
    plan_new,
    plan_sign,
)

__all__ = [
    "OWNERS",
    "Answer",
    "Comment",
    "Difference",
    "LockRow",
    "Plan",
    "Proposal",
    "Version",
    "differences",
    "lock_name",
    "plan_accept",
    "plan_change",
    "plan_comment",
    "plan_list",
    "plan_new",
    "plan_show",
    "plan_sign",
    "version_list",
]
