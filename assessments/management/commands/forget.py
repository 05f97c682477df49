"""Deletes what is kept long enough: ``manage.py forget [--days N] [--audit-days N] [--dry-run]``."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assessments.workflow.retention import AUDIT_DAYS, DAYS, forget

WORDS = {
    "drafts": "drafts that have expired",
    "emails": "e-mail addresses of links that are over",
    "invitations": "invitations of waves that closed {days} days ago or more",
    "participants": "participants in no activity, not named for {days} days",
    "audit_lines": "lines of the record older than {audit_days} days",
    "sessions": "sessions that have expired",
    "sign_ins": "wrong passwords that no longer count",
}


class Command(BaseCommand):
    """Deletes all of it or nothing, and says how much. Running it again deletes nothing more."""

    help = "Delete personal data that are kept no longer. To be run every day; see docs/privacy.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS, help=f"how long people are kept ({DAYS})")
        parser.add_argument(
            "--audit-days", type=int, default=AUDIT_DAYS, help=f"how long the record is kept ({AUDIT_DAYS})"
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def handle(self, *, days: int, audit_days: int, dry_run: bool, **options) -> None:
        if not 1 <= days <= audit_days:
            raise CommandError("Give --days as 1 or more, and --audit-days as no fewer than --days.")
        done = forget(now=timezone.now(), days=days, audit_days=audit_days, dry_run=dry_run)
        for name, words in WORDS.items():
            what = words.format(days=days, audit_days=audit_days)
            self.stdout.write(f"{'would delete' if dry_run else 'deleted'} {getattr(done, name)} {what}")
