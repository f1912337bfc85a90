"""How much memory Pulse uses, where the operating system tells (Linux); elsewhere only this process at its peak."""

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
KIB_PER_MIB = 1024


def resident_mib(postmaster: int | None = None) -> float:
    """MiB of this process, its children, and the PostgreSQL under `postmaster`; shared pages are counted once."""
    if not PROC.is_dir():
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used / KIB_PER_MIB / (KIB_PER_MIB if sys.platform == "darwin" else 1)
    roots = {os.getpid(), *([postmaster] if postmaster else [])}
    return sum(_proportional_kib(pid) for pid in _trees(roots)) / KIB_PER_MIB


def postmaster_of(data: Path) -> int | None:
    """The process id of the server on a data directory; None when it cannot be read."""
    try:
        return int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _trees(roots: set[int]) -> Iterator[int]:
    parents = {int(entry.name): _parent(entry) for entry in PROC.iterdir() if entry.name.isdigit()}
    for pid in parents:
        above: int | None = pid
        while above is not None and above not in roots:
            above = parents.get(above)
        if above is not None:
            yield pid


def _parent(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _proportional_kib(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
