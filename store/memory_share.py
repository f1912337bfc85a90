"""How much memory the embedded PostgreSQL may use, by what the machine has."""

import os
from collections.abc import Mapping

MEGABYTE = 2**20
UNKNOWN = 4 * 2**30
"""Taken for the machine's memory where the system does not tell."""


def physical_bytes() -> int:
    """Memory of this machine."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return UNKNOWN


def memory_options(machine_bytes: int) -> Mapping[str, str]:
    """Settings of PostgreSQL that depend on the memory of the machine.

    Only what is needed is taken, so a small company costs the same everywhere; a question over hundreds of thousands of rows that does
    not fit writes its steps to disk, which takes twice as long.
    """
    return {
        "work_mem": _share(machine_bytes, 1 / 384, least=16, most=64),
        "maintenance_work_mem": _share(machine_bytes, 1 / 96, least=64, most=256),
        "effective_cache_size": _share(machine_bytes, 1 / 2, least=1024, most=64 * 1024),
    }


def _share(machine_bytes: int, part: float, *, least: int, most: int) -> str:
    return f"{min(most, max(least, int(machine_bytes * part) // MEGABYTE))}MB"
