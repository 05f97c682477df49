"""Whether a lock is closed: what a locked package asks for is locked too, with the extras it asks for."""

import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from itertools import product
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .wheels import BUILDERS, DEV, PIN, PROJECT, RUNTIME, digest, wheel

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PLATFORMS = {"linux": "Linux", "darwin": "Darwin"}
"""``sys_platform`` and ``platform_system`` of the machines that Coproduce runs on."""


def asked(*groups: str) -> list[str]:
    """What ``pyproject.toml`` asks for: to run, and for the ``groups`` named."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    return [
        *project["project"]["dependencies"],
        *(line for group in groups for line in project["dependency-groups"][group]),
    ]


def texts() -> tuple[str, str]:
    """The runtime's lock, and that of tests and tools."""
    return RUNTIME.read_text(encoding="utf-8"), DEV.read_text(encoding="utf-8")


def environments() -> Iterator[dict[str, str]]:
    """The machines that the locks are for, as markers see them."""
    for version, (platform, system) in product(PYTHONS, PLATFORMS.items()):
        yield {
            **default_environment(),
            "python_version": version,
            "python_full_version": f"{version}.0",
            "sys_platform": platform,
            "platform_system": system,
        }


def pins(lock: str, environment: dict[str, str]) -> dict[str, Requirement]:
    """What ``lock`` pins on such a machine, by name."""
    found = {}
    for match in PIN.finditer(lock):
        pin = Requirement(match[0].rstrip(" \\"))
        if pin.marker is None or pin.marker.evaluate(environment):
            found[canonicalize_name(pin.name)] = pin
    return found


def wants(pin: Requirement, environment: dict[str, str]) -> Iterator[Requirement]:
    """What the package of ``pin`` asks for on such a machine, by the metadata of the one installed here."""
    try:
        lines = distribution(pin.name).requires or []
    except PackageNotFoundError:  # It is for another machine.
        return
    for wanted in map(Requirement, lines):
        extras = ["", *pin.extras]
        if wanted.marker is None or any(
            wanted.marker.evaluate({**environment, "extra": one}) for one in extras
        ):
            yield wanted


def holes(lock: str, asked: Iterable[str]) -> list[str]:
    """What is asked for and not in ``lock``, in words; empty when the lock is closed on every machine."""
    found = set()
    for environment in environments():
        locked = pins(lock, environment)
        everything = [("pyproject.toml", Requirement(line)) for line in asked]
        everything += [(name, wanted) for name, pin in locked.items() for wanted in wants(pin, environment)]
        for by, wanted in everything:
            name = canonicalize_name(wanted.name)
            pin = locked.get(name)
            if name in BUILDERS or (
                wanted.marker and by == "pyproject.toml" and not wanted.marker.evaluate(environment)
            ):
                continue
            if pin is None:
                found.add(f"{by} asks for {wanted}, which is not locked")
            elif not wanted.specifier.contains(next(iter(pin.specifier)).version, prereleases=True):
                found.add(f"{by} asks for {wanted}, and {pin} is locked")
            elif wanted.extras - pin.extras:
                found.add(f"{by} asks for {wanted}, and {pin} is locked without that extra")
    return sorted(found)


def stand_ins(folder: Path, lock: str) -> str:
    """Puts into ``folder`` an empty wheel for every pin of ``lock``, which asks for what the real one asks
    for, and a newer release beside it. Returns the lock with their hashes in it."""
    lines = []
    for match in PIN.finditer(lock):
        name, extras, version, marker = match.groups()
        try:
            real = distribution(name).metadata
            metadata = [
                f"{key}: {value}"
                for key in ("Requires-Dist", "Provides-Extra")
                for value in real.get_all(key) or []
            ]
        except PackageNotFoundError:
            metadata = []
        place = wheel(folder, name, version, metadata)
        wheel(folder, name, "9999.0", broken=True)
        lines.append(
            f"{name}{extras or ''}=={version}{f' ; {marker}' if marker else ''} --hash={digest(place)}\n"
        )
    return "".join(lines)
