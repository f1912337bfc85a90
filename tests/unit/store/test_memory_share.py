"""What the embedded PostgreSQL takes of the machine's memory."""

import pytest

from store.memory_share import MEGABYTE, memory_options

GIGABYTE = 1024 * MEGABYTE


@pytest.mark.parametrize(
    ("machine", "work", "upkeep", "cache"),
    [(2, "16MB", "64MB", "1024MB"), (8, "21MB", "85MB", "4096MB"), (24, "64MB", "256MB", "12288MB"), (512, "64MB", "256MB", "65536MB")],
)
def test_a_larger_machine_gives_questions_more_room_within_bounds(machine: int, work: str, upkeep: str, cache: str) -> None:
    """A laptop keeps the small sizes; a server stops where more helps nobody."""
    assert memory_options(machine * GIGABYTE) == {"work_mem": work, "maintenance_work_mem": upkeep, "effective_cache_size": cache}
