"""Figures as they are shown: rounded half up, once, at the very end."""

from __future__ import annotations

from fractions import Fraction

SCORE_PLACES = 1
"""Decimals of scores, strengths, gaps, spreads and mean ratings."""

SHARE_PLACES = 2
"""Decimals of coverage, agreement and the share of runs in which a verdict holds."""


def rounded(value: Fraction | float, places: int = SCORE_PLACES) -> float:
    """``value`` with ``places`` decimals; a half goes away from zero, and zero has no sign.

    A float is first brought back to nine decimals, so that a half that binary cannot hold
    (12.45 is stored a little below itself) still counts as a half.
    """
    exact = value if isinstance(value, Fraction) else Fraction(str(round(value, 9)))
    scale: int = 10**places
    # In whole numbers: floor(|value| · scale + ½).
    steps = (2 * abs(exact.numerator) * scale + exact.denominator) // (2 * exact.denominator)
    if steps == 0:
        return 0.0
    return steps / scale if exact.numerator > 0 else -steps / scale


def shown(value: Fraction | None) -> str:
    """A figure as it stands in a reason: one decimal, or ``unknown``."""
    return "unknown" if value is None else f"{rounded(value):.1f}"
