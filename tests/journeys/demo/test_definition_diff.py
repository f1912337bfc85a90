"""What a changed definition would move, on the demo company, with nothing kept of it."""

import pytest

from gateway import defining
from servers.metrics.definition_diff import definition_diff
from servers.metrics.engine import measure
from servers.metrics.plan import WrongQuestion
from servers.metrics.question import Question
from store.config import Incidents, PulseConfig
from store.database import open_database
from store.settings import Settings

FAIL_RATE = Question("change_fail_rate", "last_12_months", grain="total")


@pytest.mark.timeout(120)
async def test_a_proposed_mapping_shows_what_it_moves_and_leaves_everything_as_it_was(demo_settings: Settings) -> None:
    """Without the window for inferred links fewer deployments failed, in most teams; afterwards the numbers are the old ones."""
    proposed = demo_settings.with_config(defining.over(demo_settings.pulse, PulseConfig(incidents=Incidents(link_window_days=0))))
    async with open_database(demo_settings, role="etl") as db:
        before = await measure(db, demo_settings, FAIL_RATE)
        found = await definition_diff(db, demo_settings, proposed=proposed, metrics=["change_fail_rate", "throughput"])
        assert await measure(db, demo_settings, FAIL_RATE) == before
    (moved,) = found["metrics"]
    teams = {team["team"]: team for team in moved["teams"]}
    assert (moved["metric"], found["unmoved"], teams["(all)"]["before"]) == ("change_fail_rate", ["throughput"], before.value)
    assert {"payments", "checkout", "mobile"} <= teams.keys()
    assert all(team["delta"] < 0 for team in teams.values() if team["delta"] is not None)
    assert len(teams["(all)"]["months"]) == 12


@pytest.mark.timeout(60)
async def test_another_rule_of_a_metric_is_shown_without_deriving_anything(demo_settings: Settings) -> None:
    """Lead time from the merge is shorter in every team; a rule that nobody knows is refused with those that are known."""
    found = await defining.diff(demo_settings, None, {"start": "merged"}, ["change_lead_time"])
    assert all(team["delta"] < 0 for team in found["metrics"][0]["teams"] if team["delta"] is not None)
    assert "months move" in defining.text_of(found)
    with pytest.raises(WrongQuestion, match="start=first_commit"):
        await defining.diff(demo_settings, None, {"pace": "fast"}, ["change_lead_time"])
