"""Figures of faults beside their bars."""

from pathlib import Path

import pytest
from bars import Bar, Figure

CHAOS = Path(__file__).parents[2] / "chaos"


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (Figure(Bar("A1", "lost rows", 0), 0), True),
        (Figure(Bar("A1", "lost rows", 0), 1), False),
        (Figure(Bar("B2", "unchanged answers", 0.9, "of all", "higher"), 0.95), True),
        (Figure(Bar("B2", "unchanged answers", 0.9, "of all", "higher"), 0.85), False),
    ],
)
def test_a_figure_lies_on_the_right_side_of_its_bar_or_misses_it(figure: Figure, reached: bool) -> None:
    """A line begins with the verdict and holds row, figure and bar."""
    line = str(figure)
    assert (figure.reached, line[:4].strip()) == (reached, "ok" if reached else "MISS")
    assert figure.bar.row in line
    assert f"{figure.bar.bound:g}" in line


def test_every_fault_is_a_file_that_names_its_row() -> None:
    """`test_a04_…` measures bars of row A4 and of no other."""
    files = sorted(CHAOS.glob("test_*.py"))
    rows = {path.name: f'Bar("{path.stem[5].upper()}{int(path.stem[6:8])}"' for path in files}
    assert files
    assert [path.name for path in files if rows[path.name] not in path.read_text("utf-8")] == []
