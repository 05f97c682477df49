"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    """Coproduce: services, their activities, and what their assessments say."""

    name = "assessments"
    verbose_name = _("Coproduce")

    def ready(self) -> None:
        """Begin to record changes. Models can be imported from here on, and no sooner."""
        from . import audit  # noqa: PLC0415

        audit.start()
