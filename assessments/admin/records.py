"""What happened, to read only: the waves of all services, and who changed what in the admin."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment


class ReadOnlyAdmin(admin.ModelAdmin):
    """Pages that show and never change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin):
    """The waves, without a word of what anybody answered."""

    list_display = ["activity", "wave", "status", "instrument_version", "opened_at", "closed_at"]
    list_filter = ["status", "instrument_version"]
    list_select_related = ["activity", "instrument_version"]
    search_fields = ["activity__title", "activity__service__name"]
    fields = [
        "activity",
        "wave",
        "status",
        "instrument_version",
        "ruleset",
        "opened_at",
        "opened_by",
        "closed_at",
        "closed_by",
    ]


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who changed what in the admin, and when."""

    list_display = ["action_time", "user", "content_type", "object_repr", "action_flag", "what"]
    list_filter = ["action_flag", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__username"]
    fields = ["action_time", "user", "content_type", "object_repr", "action_flag", "what"]

    @admin.display(description=_("what"))
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message()
