"""How often Python looks for rings of objects that nobody holds: seldom in a process that syncs."""

import gc

THRESHOLDS = (500_000, 20, 100)
"""New objects before the youngest are looked at, and rounds before the older ones are; Python's own are 700, 10 and 10.

A page is some hundred thousand small dicts and lists that all live until it is stored, and none of them forms a ring: looking at them
every 700 takes a quarter of the time of a sync and every 50,000 a fifteenth, and frees nothing. With half a million a page of a thousand
issues comes and goes without a look.
"""


def collect_seldom() -> None:
    """Look less often from now on, for the whole process; saying it again changes nothing."""
    gc.set_threshold(*THRESHOLDS)
