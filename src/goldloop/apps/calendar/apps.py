"""Django's registration of this context."""

from django.apps import AppConfig


class CalendarConfig(AppConfig):
    """Annotations of days."""

    name = "goldloop.apps.calendar"
    label = "calendar"
