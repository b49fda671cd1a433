"""The application that a WSGI server runs; the environment says which home folder it serves."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goldloop.web.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
