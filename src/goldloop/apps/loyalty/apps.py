"""Django's registration of this context."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    """Programs, accounts and the ledger of points."""

    name = "goldloop.apps.loyalty"
    label = "loyalty"
