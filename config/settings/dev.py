"""Development: `manage.py` by hand, `runserver`, a shell. Shares its database and secrets with `make run`."""

from __future__ import annotations

from config import env
from config.logs import configure_logs
from config.settings.base import *  # noqa: F403

DEBUG = env.flag("DEBUG", True)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
SECRET_KEY = env.secret("SECRET_KEY", generate=True)
API_KEY_PEPPER = env.secret("API_KEY_PEPPER", generate=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

configure_logs(json=False)
