"""Production, and `make run`, which differs only in the values it passes: plain http on this machine."""

from __future__ import annotations

from config import env
from config.settings.base import *  # noqa: F403

DEBUG = env.flag("DEBUG", False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
SECRET_KEY = env.secret("SECRET_KEY", generate=False)
API_KEY_PEPPER = env.secret("API_KEY_PEPPER", generate=False)

HTTPS = env.flag("HTTPS", True)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = (
    False  # the proxy in front redirects people; an API client must never be redirected
)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
