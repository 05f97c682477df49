"""Proves that results are what their version and rules give: ``manage.py rescore --check``."""

import sys

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from assessments.models import Assessment
from assessments.rules import RULES_VERSION
from assessments.workflow.rescore import Checked, check

DIFFERENT = 1
"""Exit status when a stored result is not what its version and rules give today."""


class Command(BaseCommand):
    """Computes every stored result again, compares all of it, and says which differ and where."""

    help = (
        "Check that every stored result equals what its version, facts and answers give today. Results are "
        "never written anew. The exit status is 1 when any differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", required=True, help="compare; there is nothing else to do"
        )

    def handle(self, **options) -> None:
        waves = tqdm(check(), total=Assessment.objects.closed().count(), unit="wave", disable=None)
        alike = different = by_other_rules = 0
        for checked in (result for results in waves for result in results):
            if checked.by_other_rules:
                by_other_rules += 1
                self.stdout.write(
                    f"{named(checked)}: made by rules version {checked.rules_version}, not compared"
                )
            elif checked.differences:
                different += 1
                for found in checked.differences:
                    self.stdout.write(
                        f"{named(checked)}: {found.where or 'the whole'}: "
                        f"stored {found.stored!r}, today {found.today!r}"
                    )
            else:
                alike += 1
        self.stdout.write(
            f"{alike} results are what rules version {RULES_VERSION} gives, {different} differ, "
            f"{by_other_rules} were made by other rules."
        )
        if different:
            sys.exit(DIFFERENT)


def named(checked: Checked) -> str:
    """Which result of which wave, as it stands in the database."""
    return f"wave {checked.assessment.pk}, {checked.model._meta.verbose_name}, {checked.ruleset}"
