"""The door of this context; everybody else imports from here only."""

from goldloop.apps.watch.contracts import DIRECTIONS, STATES, WIDTHS, Alarm, Change, Day, Outcome, Rule
from goldloop.apps.watch.queries import (
    ACTIVE,
    alarm_days,
    alarm_list,
    alarm_show,
    alarm_side,
    judged_until,
    rule_list,
    rule_show,
)
from goldloop.apps.watch.services import (
    alarm_acknowledge,
    outcome_record,
    rule_add,
    rule_remove,
    rule_set,
    rules_defaults_add,
)

__all__ = [
    "ACTIVE",
    "DIRECTIONS",
    "STATES",
    "WIDTHS",
    "Alarm",
    "Change",
    "Day",
    "Outcome",
    "Rule",
    "alarm_acknowledge",
    "alarm_days",
    "alarm_list",
    "alarm_show",
    "alarm_side",
    "judged_until",
    "outcome_record",
    "rule_add",
    "rule_list",
    "rule_remove",
    "rule_set",
    "rule_show",
    "rules_defaults_add",
]
