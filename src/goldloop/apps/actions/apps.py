"""Django's registration of this context."""

from django.apps import AppConfig


class ActionsConfig(AppConfig):
    """Actions with their predictions, answers and results."""

    name = "goldloop.apps.actions"
    label = "actions"
