"""The door of this context; everybody else imports from here only."""

from goldloop.apps.members.contracts import Consent, Decision, Kind, Note
from goldloop.apps.members.queries import consents_of, decision_list, decisions_about, notes_of
from goldloop.apps.members.services import consent_give, consent_withdraw, decide, forget, note_add, take_back

__all__ = [
    "Consent",
    "Decision",
    "Kind",
    "Note",
    "consent_give",
    "consent_withdraw",
    "consents_of",
    "decide",
    "decision_list",
    "decisions_about",
    "forget",
    "note_add",
    "notes_of",
    "take_back",
]
