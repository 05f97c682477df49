"""What happened, to read only: the waves of all services, and the record of who changed what."""

import auditlog.admin  # noqa: F401 - its own page is replaced below.
from auditlog.models import LogEntry as AuditLine
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment, Project, Token
from assessments.workflow import tokens


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


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """The research projects: whose they are and what they are for. Their secrets stay out of sight."""

    list_display = ["name", "researcher", "purpose", "created_at"]
    list_select_related = ["researcher"]
    search_fields = ["name", "purpose", "researcher__username"]
    fields = ["name", "researcher", "slug", "purpose", "evidence_reason", "created_at"]


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
    """The tokens of research projects, to see and to revoke."""

    list_display = ["name", "project", "ending", "created_on", "expires_on", "revoked_on", "used_on"]
    list_filter = ["revoked_on"]
    list_select_related = ["project"]
    search_fields = ["name", "ending", "project__name"]
    fields = ["name", "project", "ending", "files", "created_on", "expires_on", "revoked_on", "used_on"]
    actions = ["revoke"]

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Token]) -> None:
        """End them today."""
        for token in chosen:
            tokens.revoke(token, on=timezone.localdate())
        self.message_user(request, _("The tokens are revoked."))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("assessments.change_token")


@admin.register(AccessAttempt)
class WrongPasswordAdmin(ReadOnlyAdmin):
    """Who mistyped a password of late. Deleting a line lets somebody in before the wait is over."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    search_fields = ["username", "ip_address"]
    fields = ["username", "ip_address", "user_agent", "failures_since_start", "attempt_time"]

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return request.user.is_superuser


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


admin.site.unregister(AuditLine)


@admin.register(AuditLine)
class AuditAdmin(ReadOnlyAdmin):
    """The record: who changed, closed, published, invited, exported and deleted what, and when."""

    list_display = ["timestamp", "who", "action", "of_what", "what"]
    list_filter = ["action", "content_type"]
    list_select_related = ["actor", "content_type"]
    list_per_page = 50
    date_hierarchy = "timestamp"
    search_fields = ["object_repr", "actor__username"]
    fields = ["timestamp", "who", "action", "of_what", "what"]

    @admin.display(description=_("who"), ordering="actor__username")
    def who(self, line: AuditLine) -> str:
        return str(line.actor or _("the system"))

    @admin.display(description=_("of what"), ordering="object_repr")
    def of_what(self, line: AuditLine) -> str:
        return f"{line.content_type.name} {line.object_pk}: {line.object_repr}"

    @admin.display(description=_("what"))
    def what(self, line: AuditLine) -> str:
        said = [_change(name, change) for name, change in (line.changes or {}).items()]
        said += [f"{name}: {value}" for name, value in (line.additional_data or {}).items()]
        return "; ".join(said)


def _change(name: str, change: list[str] | dict) -> str:
    """One column's change as the record holds it: from and to, or who was added to a list or taken off it."""
    if isinstance(change, dict):
        sign = "+" if change["operation"] == "add" else "−"
        return f"{name}: {sign} {', '.join(change['objects'])}"
    before, after = ("–" if text in ("None", "") else text for text in change)
    return f"{name}: {before} → {after}"
