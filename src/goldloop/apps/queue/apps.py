"""Django's registration of this context."""

from django.apps import AppConfig


class QueueConfig(AppConfig):
    """Jobs: what was asked for, how far it is, what came of it."""

    name = "goldloop.apps.queue"
    label = "queue"
