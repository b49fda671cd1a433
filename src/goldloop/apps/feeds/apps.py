"""Django's registration of this context."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    """Imports, lake versions, quarantine and fixes."""

    name = "goldloop.apps.feeds"
    label = "feeds"
