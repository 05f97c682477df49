"""The project as an app: it has no models, and brings the checks of a real site."""

from django.apps import AppConfig


class CoproduceConfig(AppConfig):
    """Configuration only."""

    name = "coproduce"

    def ready(self) -> None:
        """Make ``manage.py check --deploy`` know our own checks."""
        from . import checks  # noqa: PLC0415 - a check must not be registered before the apps are there.

        checks.start()
