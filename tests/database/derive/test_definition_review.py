"""A proposed pulse.yaml: what it would move is shown, and once accepted that is what happens."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from deriving import Derive, Row, Store, at, issue

from gateway.cli.main import run
from servers.metrics.engine import measure
from servers.metrics.question import Question
from store.database import Database
from store.settings import Settings, load_settings
from store.tables import work
from store.tables.raw import checkpoint

OLD, NEW = "# ours\nincidents: {jira_types: [Incident]}\n", "incidents: {jira_types: [Incident, Outage]}  # outages too\n"
ASKED = Question("incident_count", "last_12_months", grain="total")


def broken(number: int, kind: str) -> Row:
    """An incident by some type of issue, in February."""
    return issue(f"OPS-{number}", f"02-0{number} 09:00", type=kind)


@pytest.fixture
async def installation(store: Store, today: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation with a pulse.yaml, a connection to Jira, and two incidents and an outage in the store."""
    read = {"site": "jira", "entity": "jira.issues", "scope": "jira", "complete_to_at": at("04-20 00:00"), "updated_at": at("04-20 00:00")}
    await store({
        work.issue: [broken(1, "Incident"), broken(2, "Incident"), broken(3, "Outage")],
        checkpoint: [read | {"covered_from_at": at("2024-01-01 00:00")}],
    })  # fmt: skip
    today.pulse_home.mkdir(parents=True)
    (today.pulse_home / "pulse.yaml").write_text(OLD)
    assert today.database_url is not None
    given = {
        "DATABASE_URL": today.database_url.get_secret_value(),
        "PULSE_NOW": "2026-04-20T00:00:00Z",
        "PULSE_HOME": str(today.pulse_home),
    }
    for name, value in (given | {"JIRA_BASE_URL": "https://acme.test", "JIRA_PAT": "x" * 40}).items():
        monkeypatch.setenv(name, value)
    return load_settings()


async def pulse(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What a call of `pulse` prints."""
    code = await asyncio.to_thread(run, [*words, "--json"])
    shown = capsys.readouterr()
    assert code == 0, shown
    document: dict[str, Any] = json.loads(shown.out)
    return document


async def test_an_accepted_definition_moves_what_was_shown_and_can_be_taken_back(
    db: Database, installation: Settings, derive: Derive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next refresh gives the number that was shown; the file before, accepted again, undoes it."""
    await derive(installation)
    place, proposal = installation.pulse_home / "pulse.yaml", tmp_path / "proposal.yaml"
    proposal.write_text(NEW)
    accepted = await pulse(capsys, "metric", "diff", "incident_count", "--to", str(proposal), "--accept")
    (whole,) = [team for team in accepted["metrics"][0]["teams"] if team["team"] == "(all)"]
    assert (whole["before"], whole["after"]) == (2, 3)
    assert (accepted["accepted"], place.read_text(), proposal.read_text()) == (str(place), NEW, NEW)
    await derive(load_settings())
    assert (await measure(db, load_settings(), ASKED)).value == whole["after"]

    kept = place.with_name("pulse.yaml.before")
    back = await pulse(capsys, "metric", "diff", "incident_count", "--to", str(kept), "--accept")
    assert (back["metrics"][0]["teams"][0]["delta"], place.read_text(), kept.read_text()) == (-1, OLD, NEW)
    await derive(load_settings())
    assert (await measure(db, load_settings(), ASKED)).value == whole["before"]


async def test_what_is_no_definition_is_not_taken_over(installation: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that does not exist is named, and the file in use stays."""
    proposal = tmp_path / "proposal.yaml"
    proposal.write_text("incidents: {jira_tips: [Incident]}\n")
    assert await asyncio.to_thread(run, ["metric", "diff", "--to", str(proposal), "--accept"]) == 2
    assert "jira_tips" in capsys.readouterr().err
    assert (installation.pulse_home / "pulse.yaml").read_text() == OLD
