"""The test suite: as production, with fast passwords and fixed secrets."""

from __future__ import annotations

from config import env
from config.local import parts
from config.logs import configure_logs
from config.settings.base import *  # noqa: F403

DATABASES = {"default": env.parse_database(env.text("DATABASE_URL", parts.test_server().url()))}
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "a fixed key that protects nothing but tests"
API_KEY_PEPPER = "a fixed pepper that protects nothing but tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

WHITENOISE_AUTOREFRESH = True  # nothing has to be collected for tests that need no server
MIDDLEWARE = ["tests.browser.gate.gate", *MIDDLEWARE]  # noqa: F405
DECISION_LOG_THREAD = False  # written at once, in the test's own transaction
SEEN_THREAD = False

configure_logs(json=False)
