"""Django's registration of this context."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """Decisions about who is who, consents and notes."""

    name = "goldloop.apps.members"
    label = "members"
