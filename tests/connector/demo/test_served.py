"""The demo company served as `pulse sync` sees it."""

from datetime import UTC, datetime

import httpx
import pytest

from etl.demo.config import demo_config
from etl.demo.server import serve_demo
from store.config import PulseConfig, Team
from store.settings import Settings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.timeout(60)
async def test_both_stand_ins_are_there_for_as_long_as_the_block() -> None:
    """On loopback, with credentials and the company's pulse.yaml; gone afterwards."""
    async with serve_demo(Settings(_env_file=None, pulse_now=NOW)) as served, httpx.AsyncClient(timeout=30) as client:
        jira = await client.get(f"{served.jira_base_url}/rest/api/3/myself", auth=("a", "b"))
        github = await client.get(f"{served.github_api_url}/orgs/acme-shop/repos", headers={"authorization": "Bearer demo"})
        assert (jira.status_code, github.status_code, len(github.json())) == (200, 200, 8)
        assert served.github_org == ["acme-shop"]
        address = f"{served.jira_base_url}/rest/api/3/myself"
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(address)


@pytest.mark.timeout(60)
async def test_an_operators_own_pulse_yaml_wins() -> None:
    """The demo's own is used only where there is none."""
    own = PulseConfig(teams=[Team(key="all")])
    async with serve_demo(Settings(_env_file=None, pulse_now=NOW).with_config(own)) as served:
        assert served.pulse == own


def test_the_re_organisation_is_in_the_history_of_the_teams() -> None:
    """A person's stays follow each other; before that day nobody has moved."""
    on = {day: demo_config(day.date()) for day in (datetime(2026, 5, 1, tzinfo=UTC), NOW)}
    stays = {day: [m for team in config.teams for m in team.members if m.person.startswith("bruno")] for day, config in on.items()}
    assert [len(found) for found in stays.values()] == [1, 2]
    first, second = stays[NOW]
    assert first.to_date == second.from_date
