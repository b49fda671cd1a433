"""The Django app that brings templates, static files and template tags."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages; no tables of its own."""

    name = "goldloop.web"
    label = "web"
