"""Django's registration of this context."""

from django.apps import AppConfig


class WatchConfig(AppConfig):
    """Rules, judgements and alarms."""

    name = "goldloop.apps.watch"
    label = "watch"
