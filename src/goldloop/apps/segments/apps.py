"""Django's registration of this context."""

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Kept segments and life-cycle limits."""

    name = "goldloop.apps.segments"
    label = "segments"
