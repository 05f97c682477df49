"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    """Coproduce: services, their activities, and what their assessments say."""

    name = "assessments"
    verbose_name = _("Coproduce")
