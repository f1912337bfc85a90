"""The shape of a derivation and the rows of worked cases, without a database."""

import json
import re
from pathlib import Path

import pytest

from etl.derive.cases import case_rows, instant
from etl.derive.derivation import Fill
from etl.derive.refresh import DERIVATIONS
from etl.derive.words import PATTERNS
from store.tables import code, delivery, facts, metadata, people

CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "cases" / "metrics_cases.json").read_text(encoding="utf-8"))["cases"]
}


def test_a_fill_writes_what_differs_and_deletes_what_is_gone() -> None:
    """Rows of others are left alone by the condition; a table of keys only has nothing to update, and only facts keep what they were."""
    differing, merged, gone = Fill(people.source_team_member, ours="t.team_id = 'x'", within="t.identity_id = 'y'").actions(whole=False)
    assert differing.endswith(
        'where t.team_id is null or row(t."team_id", t."identity_id") is distinct from row(n."team_id", n."identity_id"))'
    )
    assert merged.endswith("on conflict (team_id, identity_id) do nothing returning 1)")
    assert "where (t.team_id = 'x') and (t.identity_id = 'y') and not exists" in gone
    assert "identity_id = 'y'" not in "".join(Fill(people.source_team_member, within="t.identity_id = 'y'").actions())
    _, merged, _, remembered = Fill(facts.fact_deployment_part).actions()
    assert merged.endswith('do update set "logical_id" = excluded."logical_id" returning 1)')
    assert "insert into fact_revision" in remembered


def test_every_rule_has_a_name_of_its_own_and_every_table_one_rule() -> None:
    """Two rules that fill one table would undo each other."""
    names = [derivation.name for derivation in DERIVATIONS]
    tables = [fill.table.name for derivation in DERIVATIONS for fill in derivation.fills]
    assert len(set(names)) == len(names)
    assert len(set(tables)) == len(tables)


def test_all_fact_tables_are_filled() -> None:
    """A fact table that no rule fills would answer every question with nothing; what facts were before is kept by the fills themselves."""
    filled = {fill.table.name for derivation in DERIVATIONS for fill in derivation.fills}
    assert {name for name in metadata.tables if name.startswith("fact_")} - filled == {"fact_revision"}


@pytest.mark.parametrize("name", ["hotfix_ref", "promotion_head", "revert_ref", "revert_sha_ref"])
def test_branch_patterns_look_at_the_beginning(name: str) -> None:
    """A branch such as work/hotfix-names is not a hotfix."""
    assert PATTERNS[name].startswith("^")
    assert re.search(PATTERNS[name], "work/hotfix-1 revert-1 main release/1") is None


def test_labels_titles_and_branches_of_a_deployment_become_its_pull_requests() -> None:
    """A case tells of them on the deployment's row; they are stored as given changes."""
    rows = case_rows(
        {"deployment": [{"id": "d", "service": "web", "finished_at": "2026-03-02T10:00:00Z", "pr_titles": ["Revert x"], "pr_count": 2}]}
    )
    assert [row["title"] for row in rows[code.pull_request]] == ["Revert x", "d carries 1"]
    assert [(row["deployment_id"], row["given"]) for row in rows[delivery.deployment_change]] == [("d", True), ("d", True)]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if isinstance(case["inputs"], dict)])
def test_case_rows_carry_the_keys_of_their_tables(name: str) -> None:
    """Every row of every case can be stored: its key is there, and no column is unknown."""
    for table, rows in case_rows(CASES[name]["inputs"]).items():
        for row in rows:
            assert {column.name for column in table.primary_key} <= set(row) <= set(table.c.keys())


def test_a_bare_date_is_its_midnight() -> None:
    """Targets of milestones are days."""
    assert str(instant("2026-03-05")) == "2026-03-05 00:00:00+00:00"
