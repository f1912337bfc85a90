"""The gallery: a picture of every kind of chart, in both lights, small enough to be kept with the code."""

import pytest

from servers.charts.catalogue import CHARTS
from tools.gallery import PICTURES, SHOTS, THEMES

MOST_KB = 48


def test_the_gallery_shows_kinds_of_charts_that_are() -> None:
    """Each kind at most once, and none that has gone; pictures that no section shows are removed."""
    kinds = [shot.kind for shot in SHOTS]
    assert (sorted(set(kinds)), set(kinds) - set(CHARTS)) == (sorted(kinds), set())
    assert {picture.stem for picture in PICTURES.iterdir()} == {f"{kind}-{theme}" for kind in kinds for theme in THEMES}


@pytest.mark.parametrize("theme", THEMES)
def test_pictures_are_there_and_load_nothing(theme: str) -> None:
    """Each is plain SVG without script or address, and none is heavier than a photograph's thumbnail."""
    pictures = {shot.kind: (PICTURES / f"{shot.kind}-{theme}.svg").read_text(encoding="utf-8") for shot in SHOTS}
    heavy = [kind for kind, text in pictures.items() if len(text) > MOST_KB * 1000]
    active = [kind for kind, text in pictures.items() if "<script" in text or "href=" in text or "<image" in text]
    assert (heavy, active) == ([], [])
