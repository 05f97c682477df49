"""Every setting, once: read from the environment, and safe when the environment says nothing."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    """The environment variable ``name``, or ``default`` when it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def yes(name: str, default: bool = False) -> bool:
    """Whether the environment variable ``name`` says yes. Anything but yes or no is refused."""
    value = text(name, "yes" if default else "no").lower()
    if value in {"1", "yes", "true", "on"}:
        return True
    if value in {"0", "no", "false", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; say yes or no.")


def whole(name: str, default: int) -> int:
    """The environment variable ``name`` as a whole number from 0."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}; give a whole number.")
    return int(value)


def several(name: str) -> list[str]:
    """The environment variable ``name`` as a list, split at commas."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def folder(name: str, default: Path) -> Path:
    """The environment variable ``name`` as a folder that is there, or ``default``."""
    path = Path(text(name, str(default)))
    if not path.is_absolute() or not path.is_dir():
        raise ImproperlyConfigured(f"{name} is {str(path)!r}; give the whole path of a folder that is there.")
    return path


def kept_secret_key(path: Path) -> str:
    """The secret key kept in ``path``, made on the first run and readable by its owner alone.

    The file appears whole: of two processes that start at once, one makes it and both read it.
    """
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(get_random_secret_key(), encoding="ascii")
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text(encoding="ascii")


# What kind of site this is. Unset means a production site: no debug pages, no demo accounts, HTTPS only.

DEBUG = yes("DEBUG")
DEMO = yes("DEMO")
LOCAL = yes("LOCAL") or DEBUG or DEMO  # Plain HTTP, for browsers on this machine alone.

# The one folder that is written to, and with PostgreSQL and a SECRET_KEY not even that.
DATA_DIR = folder("DATA_DIR", BASE_DIR)

EMBEDDED = not text("DATABASE_URL").startswith(("postgres", "pgsql"))
SECRET_KEY = text("SECRET_KEY")
if not SECRET_KEY and not EMBEDDED:
    raise ImproperlyConfigured("Set SECRET_KEY to a long random text, the same on every machine of the site.")
if not SECRET_KEY:
    # The data are in a file on this machine, so the key may be too.
    SECRET_KEY = kept_secret_key(DATA_DIR / "var" / "secret_key")

ALLOWED_HOSTS = several("ALLOWED_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if LOCAL else [])
CSRF_TRUSTED_ORIGINS = several("CSRF_TRUSTED_ORIGINS")

# What it is made of

INSTALLED_APPS = [
    "coproduce",
    "assessments",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_include_bootstrap",
    "auditlog",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "assessments.views.errors.only_what_can_be_read",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "assessments.views.account.KeepTypedLoginRequiredMiddleware",
    "assessments.audit.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "assessments.views.errors.GoneMeanwhile",
]

ROOT_URLCONF = "coproduce.urls"
WSGI_APPLICATION = "coproduce.wsgi.application"

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
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# Where the data is: one PostgreSQL address, or a SQLite file in the data folder

KEPT_OPEN = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES = {
    "default": KEPT_OPEN
    | (
        dj_database_url.parse(text("DATABASE_URL"))
        if text("DATABASE_URL")
        # Never by way of an address: a folder's name may hold a # or a %.
        else {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "coproduce.sqlite3"}
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Readers never wait for the writer, a writer asks for the lock before it reads, and what is deleted
    # (an answer on its way into the box, say) is overwritten in the file.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who may come in

AUTH_USER_MODEL = "assessments.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "assessments.authentication.AccountBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = whole("SESSION_HOURS", 12) * 3600
PASSWORD_RESET_TIMEOUT = 24 * 3600

# Whoever tries passwords for one name from one machine waits after ten. Nobody else does, so that no stranger
# can shut an account. The tries are kept in the database until then, without what else was typed.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False  # Our own page shows less.
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "typed", "next", "csrfmiddlewaretoken"]
AXES_USERNAME_CALLABLE = "assessments.authentication.tried_name"
AXES_CLIENT_IP_CALLABLE = "assessments.authentication.client_address"
AXES_LOCKOUT_CALLABLE = "assessments.views.account.locked_out"

# How it is protected

SECURE_SSL_REDIRECT = not LOCAL
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if yes("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 0 if LOCAL else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = not LOCAL
SECURE_HSTS_PRELOAD = not LOCAL
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = not LOCAL
CSRF_COOKIE_SECURE = not LOCAL
CSRF_FAILURE_VIEW = "assessments.views.errors.expired_form"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap draws its form controls with data: pictures.
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Words and dates

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en", "English")]
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# Pictures, styles and scripts

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The record of changes keeps no address of anybody's machine, and nothing that a visitor's browser says.

AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDITLOG_CID_HEADER = None

# Letters

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if text("EMAIL_HOST")
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = text("EMAIL_HOST", "localhost")
EMAIL_PORT = whole("EMAIL_PORT", 587)
EMAIL_HOST_USER = text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = yes("EMAIL_USE_TLS", default=True)
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "coproduce@localhost")

# What is logged: to standard error, with the reference that an error page shows, and no participant's link

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "reference": {"()": "coproduce.log.ReferenceFilter"},
        "links": {"()": "coproduce.log.LinkFilter"},
    },
    "formatters": {"line": {"format": "{asctime} {levelname} {name} [{reference}] {message}", "style": "{"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["reference", "links"],
        },
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "axes": {"level": "WARNING"},  # Every sign-in is told otherwise.
    },
}
