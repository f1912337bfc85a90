"""Of which repositories GitHub is asked when they last deployed."""

from typing import Any

import pytest

from etl.github.deployment_signs import may_have_deployed

NOW = "2026-11-20T00:00:00+00:00"
QUIET = "2026-11-01T09:00:00Z"


@pytest.mark.parametrize(
    ("known", "pushed", "asked"),
    [
        (None, QUIET, True),
        ({"deployments": "2026-10-01T00:00:00Z", "pushed_at": QUIET}, QUIET, True),
        ({"deployments": None, "pushed_at": QUIET}, QUIET, False),
        ({"pushed_at": QUIET}, QUIET, False),
        ({"deployments": None, "pushed_at": QUIET}, "2026-11-02T09:00:00Z", True),
        ({"deployments": None, "pushed_at": "2026-11-19T09:00:00Z"}, "2026-11-19T09:00:00Z", True),
        ({"deployments": None, "pushed_at": None}, None, False),
    ],
    ids=["new", "deploys", "never did", "not asked last time", "pushed since", "pushed lately", "empty"],
)
def test_a_repository_that_deploys_or_was_pushed_to_lately_is_asked(
    known: dict[str, Any] | None, pushed: str | None, *, asked: bool
) -> None:
    """The others are looked at once a day; GitHub charges for each that is asked."""
    assert may_have_deployed({"pushedAt": pushed}, known, NOW) is asked
