"""The door of this context; everybody else imports from here only."""

from goldloop.apps.calendar.contracts import Note
from goldloop.apps.calendar.queries import note_list
from goldloop.apps.calendar.services import LONGEST, note_add, note_remove

__all__ = ["LONGEST", "Note", "note_add", "note_list", "note_remove"]
