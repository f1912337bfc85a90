"""How often rings of objects are looked for."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from etl.collecting import THRESHOLDS, collect_seldom


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


class Ring(list[object]):
    """Holds itself."""


def test_what_holds_itself_still_goes_but_later() -> None:
    """Ten thousand new objects start no collection any more; as many as the threshold do."""
    gc.collect()
    collect_seldom()
    ring = Ring()
    ring.append(ring)
    gone = weakref.ref(ring)
    del ring
    some: list[list[object]] = [[] for _ in range(10_000)]
    assert gone() is not None
    some += [[] for _ in range(THRESHOLDS[0])]
    assert gone() is None
