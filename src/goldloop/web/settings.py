"""Django's settings of the web app: those of the command line, and what log-in, pages and their protection need."""

from __future__ import annotations

from pathlib import Path

from goldloop import settings
from goldloop.settings import *  # noqa: F403

_web = settings.web()
_home = settings.read().home

SECRET_KEY = _web.secret
DEBUG = False
ALLOWED_HOSTS = _web.hosts
CSRF_TRUSTED_ORIGINS = _web.origins
ROOT_URLCONF = "goldloop.web.urls"
INSTALLED_APPS = [
    *settings.INSTALLED_APPS,
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "goldloop.web",  # before the libraries: its templates stand for theirs
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",  # its site is `back_office.Office`
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "goldloop.web.middleware.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "goldloop.web.sessions.timed",
    "goldloop.web.middleware.reader",
    "goldloop.web.audit.audited",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "goldloop.web.middleware.known_errors",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "goldloop.web.frame.frame",
            ],
            "builtins": ["goldloop.web.templatetags.goldloop"],
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

# --- static files: hashed names, compressed once when the server starts -------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = _home / "web" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- language: `goldloop.web.middleware.reader` chooses it; libraries' own forms and messages follow ---------------
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]  # what the back office's library leaves in English

# --- log-in: by name and password, by invitation only; lock-out counts failures in the database ----------------------
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
BEHIND_PROXY = _web.https  # the proxy that ends https also says who asks
ACCOUNT_ADAPTER = "goldloop.web.adapter.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = False  # goldloop.web.lockout counts instead: it survives a restart and holds for every process
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "goldloop"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "UserAttributeSimilarityValidator")
]
AXES_HANDLER = "goldloop.web.lockout.Attempts"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address", "username"]  # the order of lockout.LIMITS
AXES_FAILURE_LIMIT = 1  # of those limits
AXES_COOLOFF_TIME = 1  # hour
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "goldloop.web.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "goldloop.web.audit.address_of"
AXES_USERNAME_CALLABLE = "goldloop.web.lockout.name_of"
AXES_DISABLE_ACCESS_LOG = True  # the audit log has it
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

# --- sessions: goldloop.web.sessions ends them earlier ----------------------------------------------------------------
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "goldloop.web.errors.forged"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _web.https
SECURE_HSTS_SECONDS = 31_536_000 if _web.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _web.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _web.https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- the back office ---------------------------------------------------------------------------------------------------
_GOLD = {"50": "#fbf6e9", "100": "#f5ead0", "200": "#ecd8a4", "300": "#dfc072", "400": "#cda644", "500": "#b08a26"}
UNFOLD = {
    "SITE_TITLE": "goldloop",
    "SITE_HEADER": "goldloop",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {
        "primary": {**_GOLD, "600": "#8a6a14", "700": "#6f5511", "800": "#56420f", "900": "#40310d", "950": "#271e08"}
    },
}

# --- uploads: only the upload page takes files; they are streamed into the home folder, see `uploads` -----------------
FILE_UPLOAD_HANDLERS = ["goldloop.web.uploads.Receiving"]
UPLOAD_LIMIT = _web.upload
QUERY_SECONDS = _web.query_seconds
DATA_UPLOAD_MAX_NUMBER_FILES = 200
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
