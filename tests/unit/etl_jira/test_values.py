"""Small readers, roles of fields and questions."""

from datetime import UTC, datetime
from typing import Any

import pytest

from etl.entity import RecordError
from etl.jira.jql import changed_since, quoted, written
from etl.jira.lookups import field_facts
from etl.jira.roles import find_roles
from etl.jira.values import instant, label
from store.config import PulseConfig

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "form",
    [
        "2026-03-01T12:00:00.000+0000", "2026-03-01T12:00:00+00:00", "2026-03-01T04:00:00.000-0800", "2026-03-01 04:00:00 -0800",
        "2026-03-01T12:00:00Z", "2026-03-01 12:00:00", "2026-03-01T20:00:00.000+08:00", 1772366400000, "1772366400000", 1772366400,
    ],
)  # fmt: skip
def test_every_form_of_time_means_the_same_instant(form: Any) -> None:
    """ISO with any offset, without one (UTC), epoch seconds and milliseconds."""
    assert instant(form) == NOON


@pytest.mark.parametrize("form", ["0000-00-00", "10000-01-01T00:00:00Z", "soon", True, [], 10**20])
def test_what_is_no_time_is_refused(form: Any) -> None:
    """Nothing is guessed."""
    with pytest.raises(RecordError):
        instant(form)


def test_labels_of_any_shape_are_words() -> None:
    """Options, named things, users and lists of them."""
    shapes = ["a", {"value": "b"}, {"name": "c"}, {"displayName": "d"}, [{"value": "e"}, {"name": "f"}], {}, [], None, ""]
    assert [label(shape) for shape in shapes] == ["a", "b", "c", "d", "e, f", None, None, None, None]


def test_roles_are_found_by_schema_when_names_are_translated() -> None:
    """A site in another language still has its sprint, epic link, points and team."""
    raw = [
        {
            "id": "customfield_1",
            "name": "スプリント",
            "schema": {"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
        },
        {"id": "customfield_2", "name": "Epos", "schema": {"type": "any", "custom": "com.pyxis.greenhopper.jira:gh-epic-link"}},
        {"id": "customfield_3", "name": "Punkte", "schema": {"type": "number", "custom": "com.pyxis.greenhopper.jira:jsw-story-points"}},
        {
            "id": "customfield_4",
            "name": "Gruppe",
            "schema": {"type": "team", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team"},
        },
        {"id": "customfield_5", "name": "Gekennzeichnet", "untranslatedName": "Flagged", "schema": {"type": "array", "items": "option"}},
    ]
    found = find_roles(map(field_facts, raw), PulseConfig()).fields
    got = {role: found[role] for role in ("sprint", "epic_link", "story_points", "team", "flagged")}
    assert got == {
        role: (f"customfield_{place}",) for place, role in enumerate(("sprint", "epic_link", "story_points", "team", "flagged"), 1)
    }


def test_pulse_yaml_names_come_before_the_schema() -> None:
    """Several fields may hold points: the order of pulse.yaml is the order of trust."""
    raw = [
        {"id": "customfield_3", "name": "Estimate", "schema": {"type": "number", "custom": "com.pyxis.greenhopper.jira:jsw-story-points"}},
        {"id": "customfield_9", "name": "Size", "schema": {"type": "number"}},
    ]
    config = PulseConfig.model_validate(
        {"jira": {"fields": {"story_points": ["size"]}}, "incidents": {"fields": {"severity": "customfield_9"}}}
    )
    found = find_roles(map(field_facts, raw), config).fields
    assert (found["story_points"], found["severity"]) == (("customfield_9", "customfield_3"), ("customfield_9",))


@pytest.mark.parametrize(
    ("zone", "wall_clock"),
    [
        ("UTC", "2026/03/01 12:00"),
        ("Asia/Kolkata", "2026/03/01 17:30"),
        ("America/New_York", "2026/03/01 07:00"),
        (None, "2026/03/01 00:00"),
        ("No/Where", "2026/03/01 00:00"),
    ],
)
def test_a_time_in_a_question_is_written_in_the_zone_of_the_account(zone: str | None, wall_clock: str) -> None:
    """An unknown zone takes the latest wall clock there is, so that nothing is missed."""
    assert written(NOON.replace(second=59), zone) == wall_clock


def test_in_the_hour_a_clock_change_repeats_the_earlier_one_is_asked_for() -> None:
    """01:30 happens twice that night in New York: both are read."""
    assert written(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "America/New_York") == "2026/11/01 00:30"


def test_a_question_is_bounded_quoted_and_in_a_stable_order() -> None:
    """Jira refuses unbounded questions; a name cannot end its quotes; a changing issue keeps its place between pages."""
    assert quoted('A" OR 1=1') == '"A\\" OR 1=1"'
    full, part = changed_since(None, [], None), changed_since("2026-03-01T12:00:30+00:00", ["PAY", "CHK"], "UTC")
    assert full == 'updated >= "1970/01/01 00:00" ORDER BY created ASC, key ASC'
    assert part == 'project in ("PAY", "CHK") AND updated >= "2026/03/01 12:00" ORDER BY created ASC, key ASC'
