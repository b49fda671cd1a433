"""The door of this context; everybody else imports from here only."""

from goldloop.apps.segments.contracts import Kept
from goldloop.apps.segments.queries import limits_list, segment_list, segment_show, segments_mark
from goldloop.apps.segments.services import limits_set, segment_remove, segment_save

__all__ = [
    "Kept",
    "limits_list",
    "limits_set",
    "segment_list",
    "segment_remove",
    "segment_save",
    "segment_show",
    "segments_mark",
]
