"""What every way of running the product shares."""

from __future__ import annotations

from csp.constants import NONE, SELF

from config import env
from config.api_description import SPECTACULAR
from config.local.places import ROOT
from config.logs import configure_logs

BASE_DIR = ROOT

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEBUG = False
ALLOWED_HOSTS: list[str] = []
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
# Secrets that stood in SECRET_KEY before: what was signed or encrypted with them stays readable.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", "")
# Hosts of one's own network, "host" or "host:port", that webhooks may call beside public https addresses.
WEBHOOK_HOSTS = env.words("WEBHOOK_HOSTS", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "permissions_app",
    "campaigns",
]

MIDDLEWARE = [
    "permissions_app.api.request_ids.request_ids",
    "django.middleware.security.SecurityMiddleware",
    "config.plain_addresses.refuse_nul",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compressed_pages.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "campaigns.web.mentions.count",
                "campaigns.web.learn.alerts.count",
            ],
        },
    }
]

DATABASES = {"default": env.database()}

# Accounts: e-mail and password; people are invited, nobody signs up.
AUTH_USER_MODEL = "permissions_app.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "config.accounts.ClosedDoor"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # with the link of an invitation
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
globals().update(env.mail())  # the EMAIL_ names, from EMAIL_URL
EMAIL_TIMEOUT = 10  # a worker waits for the mail server, never a person

# The one inline style is the empty element that Plotly adds; everything else comes from our own files.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = True
# Of forms, files apart. The event endpoints bound the bodies they read by themselves, before and while they are
# decompressed.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8_000_000

STATIC_URL = "/static/"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # halves what is compressed
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.StaticFiles"},
}

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "permissions_app.api.manage.schema.ManageSchema",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = SPECTACULAR

# Decisions that interrupt nobody, and the events seen, are written by threads of the web process, many at a time.
DECISION_LOG_THREAD = True
SEEN_THREAD = True

# Requests a minute of one API key. Each web process keeps its own part of them.
RATE_LIMITS = env.rate_limits()
WEB_WORKERS = env.web_workers()

# For how many seconds a client may decide by a bundle without asking for a newer one.
BUNDLE_TTL = env.integer("BUNDLE_TTL", 300, low=10, high=86_400)

CELERY_BROKER_URL = env.broker_url()

LOGGING_CONFIG = None
configure_logs(json=True)
