"""Django's registration of this context."""

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """Plans with their versions, answers and comments."""

    name = "goldloop.apps.planning"
    label = "planning"
