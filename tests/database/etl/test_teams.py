"""Teams from a file: checked as a whole, kept as a decision, undone like one."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from etl import mappings
from etl.derive.refresh import refresh
from etl.teams import import_teams
from store.config import PulseConfig, Team
from store.database import Database
from store.errors import ConfigurationError
from store.settings import Settings
from store.tables.people import identity, mapping_decision, source_team, source_team_member

pytestmark = pytest.mark.timeout(30)
FILE = """team;member;from;to;parent
payments;ana;2026-01-01;2026-06-01;commerce
checkout;ana@acme.example;2026-06-01;;commerce
commerce;;;;
"""
STAYS = "select team_id, valid_from::date::text, valid_to::date::text from team_member m where source = 'yaml' order by 1, 2"


@pytest.fixture
async def org(db: Database, settings: Settings) -> Settings:
    """Two accounts, and two teams at GitHub, of which one is named in the file."""
    accounts = [
        {
            "id": f"github:user:{login}",
            "site": "github",
            "source": "github",
            "external_id": login,
            "login": login,
            "email": f"{login}@acme.example",
        }
        for login in ("ana", "bo")
    ]
    teams = [{"id": f"github:team:{key}", "site": "github", "key": key, "external_id": f"acme/{key}"} for key in ("payments", "mobile")]
    async with db.begin() as connection:
        await connection.execute(insert(identity).values([{**one, "verified_email": one["email"]} for one in accounts]))
        await connection.execute(insert(source_team).values(teams))
        await connection.execute(insert(source_team_member).values(team_id="github:team:mobile", identity_id="github:user:bo"))
    return settings


async def imported(db: Database, path: Path, content: str, config: PulseConfig | None = None, **more: Any) -> dict[str, Any]:
    """The outcome of importing a file."""
    path.write_text(content, encoding="utf-8")
    async with db.begin() as connection:
        return await import_teams(connection, config or PulseConfig(), path, by="test", **more)


async def shown(db: Database, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    async with db.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


async def test_teams_of_a_file_count_until_they_are_undone(db: Database, org: Settings, tmp_path: Path) -> None:
    """A move is two stays of one person; teams that GitHub has beside stay, and keep their repositories; again is no news."""
    preview = await imported(db, tmp_path / "org.csv", FILE, dry_run=True)
    found = await imported(db, tmp_path / "org.csv", FILE)
    again = await imported(db, tmp_path / "org.csv", FILE)
    await refresh(db, org)
    assert (preview["decision"], preview["added"], again["added"], again["decision"]) == (None, found["added"], [], None)
    assert "ana in payments from 2026-01-01 to 2026-06-01" in found["added"]
    assert await shown(db, STAYS) == [("team:checkout", "2026-06-01", None), ("team:payments", "2026-01-01", "2026-06-01")]
    assert await shown(db, "select count(distinct person_id) from team_member where source = 'yaml'") == [(1,)]
    assert await shown(db, "select key, parent_team_id, source, github_teams from team order by key") == [
        ("checkout", "team:commerce", "import", []),
        ("commerce", None, "import", []),
        ("mobile", None, "github", ["acme/mobile"]),
        ("payments", "team:commerce", "import", ["acme/payments"]),
    ]
    async with db.begin() as connection:
        await mappings.undo(connection, found["decision"], "test")
    await refresh(db, org)
    assert await shown(db, "select key, source from team order by key") == [("mobile", "github"), ("payments", "github")]
    assert await shown(db, STAYS) == []


async def test_each_wrong_line_is_named_with_what_to_do_and_nothing_is_kept(db: Database, org: Settings, tmp_path: Path) -> None:
    """All at once, so that a file is mended in one go."""
    wrong = """team,member,from,to,parent
,ana,,,
payments,anna,,,
payments,ana,2026-13-01,,
payments,bo,2026-06-01,2026-05-01,
payments,,2026-06-01,,nowhere
mobile,bo,2026-01-01,,
mobile,BO,2026-02-01,,
red,,,,blue
blue,,,,red
"""
    with pytest.raises(ConfigurationError) as told:
        await imported(db, tmp_path / "org.csv", wrong)
    says = str(told.value)
    expected = (
        "Line 2: it names no team", "Line 3: no account is called 'anna', but one is ana", "Line 4: from '2026-13-01' must look like",
        "Line 5: to 2026-05-01 must lie after", "Line 6: it says when, and not who", "Line 6: the parent 'nowhere' is no team",
        "Line 8: BO is in mobile at that time already", "blue, red are above each other",
    )  # fmt: skip
    assert [one for one in expected if one not in says] == []
    async with db.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(mapping_decision)) == 0


async def test_yaml_says_the_same_and_pulse_yaml_goes_first(db: Database, org: Settings, tmp_path: Path) -> None:
    """A team whose members stand in pulse.yaml is not imported; rows of a YAML file are told by their line."""
    config = PulseConfig(teams=[Team.model_validate({"key": "payments", "members": [{"person": "ana"}]})])
    rows = "# who\n- {team: mobile, member: bo, from: 2026-02-01}\n- team: payments\n  member: ana\n"
    with pytest.raises(ConfigurationError, match=r"Line 3: pulse\.yaml lists the members of payments"):
        await imported(db, tmp_path / "org.yaml", rows, config)
    found = await imported(db, tmp_path / "org.yaml", rows)
    assert found["added"] == ["ana in payments from the beginning to now", "bo in mobile from 2026-02-01 to now", "mobile", "payments"]
