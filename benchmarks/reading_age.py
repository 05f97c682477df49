"""How old readers must be for the statements that participants read: ``python -m benchmarks.reading_age``.

Needs the package ``readability``, which is no part of the project (``pip install readability``). Ages are a
school grade of a published formula plus five, as in the United States, where the formulas come from. The
formulas were made for whole texts, so each version's statements are read as one text, a sentence each; the
ages of single statements only point out which to look at first.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import readability

FILE = Path(__file__).resolve().parents[1] / "assessments" / "data" / "instrument_1.toml"
FORMULAS = {"Kincaid": "Flesch-Kincaid", "ARI": "Automated Readability Index", "Coleman-Liau": "Coleman-Liau"}
AIMS = {"easy_read": 9, "participant": 11}
YEARS = 5
"""A reader in grade 1 is six years old."""

HARDEST = 5


def sentences(text: str) -> list[str]:
    """The sentences of a text, each as its words with blanks between: what the formulas count."""
    parts = re.split(r"(?<=[.!?])\s+|\n", text)
    return [" ".join(re.findall(r"[\w’'-]+", part)) for part in parts if part.strip()]


def ages(text: str) -> dict[str, float]:
    """The age in years at which ``text`` is understood, by formula."""
    grades = readability.getmeasures("\n".join(sentences(text)), lang="en")["readability grades"]
    return {name: grades[name] + YEARS for name in FORMULAS}


def main() -> int:
    items = tomllib.loads(FILE.read_text())["items"]
    for wording, aim in AIMS.items():
        texts = {item["code"]: text for item in items if (text := item["texts"]["en"].get(wording))}
        whole = [sentence for text in texts.values() for sentence in sentences(text)]
        words = sum(len(sentence.split()) for sentence in whole)
        print(f"{wording}: {len(texts)} items, {words / len(whole):.1f} words a sentence; aim {aim} years")
        for name, age in ages("\n".join(texts.values())).items():
            print(f"  {FORMULAS[name]:<28}{age:5.1f} years")
        hardest = sorted(texts, key=lambda code: -ages(texts[code])["Kincaid"])[:HARDEST]
        for code in hardest:
            print(f"  {code:<4}{ages(texts[code])['Kincaid']:5.1f}  {' / '.join(texts[code].splitlines())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
