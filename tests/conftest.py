"""What every test may ask for."""

import pytest
from django.db import connection


def pytest_report_header(config: pytest.Config) -> str:
    """Says on which database the tests run."""
    return f"database: {connection.display_name}"
