"""Colours of charts: for every eye, on both backgrounds."""

import pytest

from servers.charts.theme import PALETTE, QUIET, Theme, colours, contrast, ink_on


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_data_colours_stand_out_from_both_backgrounds(theme: Theme) -> None:
    """Contrast of at least 3:1, as WCAG asks of graphics."""
    assert min(contrast(colour, colours(theme)["background"]) for colour in PALETTE) >= 3


def test_text_upon_data_colours_can_be_read() -> None:
    """Contrast of at least 4.5:1, as WCAG asks of small text."""
    assert min(contrast(colour, ink_on(colour)) for colour in (*PALETTE, QUIET)) >= 4.5
