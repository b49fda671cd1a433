"""Kept segments and life-cycle limits, as questions ask for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from goldloop.apps.segments import api as segments
from goldloop.core.members.lifecycle import Limits
from goldloop.core.members.segments import Segment
from goldloop.core.viewer import Viewer


class Saved:
    """What people kept, for the engine."""

    def segment(self, viewer: Viewer, name: str) -> Segment:
        """The segment that is kept under a name; raises `segment_unknown`."""
        return segments.segment_show(viewer=viewer, name=name).segment

    def limits(self, stores: Collection[int]) -> Mapping[int, Limits]:
        """The limits that were set for these stores."""
        return segments.limits_list(stores=stores)
