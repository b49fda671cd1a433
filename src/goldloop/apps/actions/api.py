"""The door of this context; everybody else imports from here only."""

from goldloop.apps.actions.contracts import ANSWERS, STATES, Action
from goldloop.apps.actions.queries import action_list
from goldloop.apps.actions.services import (
    action_answer,
    action_declined,
    action_done,
    action_measured,
    action_propose,
)

__all__ = [
    "ANSWERS",
    "STATES",
    "Action",
    "action_answer",
    "action_declined",
    "action_done",
    "action_list",
    "action_measured",
    "action_propose",
]
