"""The settings of the tests: a production site's, but over plain HTTP and quick to start."""

import os

os.environ["SECRET_KEY"] = "only for the tests"
os.environ["DEMO"] = os.environ["DEBUG"] = "no"

from coproduce.settings import *  # noqa: F403

SECURE_SSL_REDIRECT = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405

# Unit tests need no collected files; without this, their absence is a warning, and warnings are errors.
WHITENOISE_AUTOREFRESH = True
