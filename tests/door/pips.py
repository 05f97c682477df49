"""The pips that the locks are tried with: the oldest, the one that came with Python 3.11, and the newest."""

import os
import subprocess
import tempfile
from pathlib import Path

PIPS = {
    "22.3": "sha256:1daab4b8d3b97d1d763caeb01a4640a2250a0ea899e257b1e44b9eded91e15ab",
    "23.2.1": "sha256:7ccf472345f20d35bdc9d1841ff5f313260c2c33fe417f48c30ac46cccabf5be",
    "26.3": "sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13",
}
"""The versions of pip, from the oldest, and the hash of each one's wheel."""

WORKS = {"22.3": (3, 11), "23.2.1": (3, 13), "26.3": (3, 99)}
"""The newest Python that each pip runs on. Older ones use parts of Python that have gone since."""


def with_pip(python: str | Path, venv: Path, pip: str) -> Path:
    """Makes ``venv`` with ``python`` and exactly that ``pip``. Returns its Python.

    Raises subprocess.CalledProcessError when it cannot be made, or the pip cannot be fetched.
    """
    own = venv / "bin" / "python"
    subprocess.run([python, "-m", "venv", venv], check=True, stdin=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "pip.txt"
        lock.write_text(f"pip=={pip} --hash={PIPS[pip]}\n", encoding="utf-8")
        command = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(
            [*command, "--require-hashes", "-r", lock],
            capture_output=True,
            text=True,
            env=os.environ | {"PIP_CONSTRAINT": ""},
        )
    if done.returncode:
        raise RuntimeError(f"pip {pip} could not be fetched:\n{done.stderr}")
    return own


def oldest_for(version: tuple[int, int]) -> str:
    """The oldest pip that runs on a Python of ``version``."""
    return next(pip for pip in PIPS if WORKS[pip] >= version)
