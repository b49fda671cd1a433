"""Django's registration of this context."""

from django.apps import AppConfig


class ShopsConfig(AppConfig):
    """People, organisation, stores and rights."""

    name = "goldloop.apps.shops"
    label = "shops"
