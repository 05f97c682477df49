"""Coproduce: how far an activity is coproduced, and how that is known."""

__version__ = "0.2.0"
