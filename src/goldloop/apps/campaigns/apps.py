"""Django's registration of this context."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Waves with their versions, people, files and results; contacts with consent; budgets."""

    name = "goldloop.apps.campaigns"
    label = "campaigns"
