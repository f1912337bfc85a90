"""Stays in sprints and the points an issue had in them."""

from typing import Any

from jira_issues import entry, parse, set_field

START, END = "2026-02-02T09:00:00.000Z", "2026-02-16T09:00:00.000Z"


def sprint(number: int, state: str = "closed", **more: Any) -> dict[str, Any]:
    """A sprint as the field of an issue carries it."""
    dates = {"startDate": START, "endDate": END} | ({"completeDate": END} if state == "closed" else {})
    return {"id": number, "name": f"Sprint {number}", "state": state, "boardId": 1, **dates, **more}


def stays(changelog: list[dict[str, Any]], **fields: Any) -> list[tuple[Any, ...]]:
    """(sprint, added, removed, points at start, points at end) per stay, times as day and hour."""
    rows = parse(changelog=changelog, **fields).get("sprint_issue", [])
    shown = [
        (row["sprint_id"].rsplit(":", 1)[-1], row["added_at"], row["removed_at"], row["points_at_start"], row["points_at_end"])
        for row in rows
    ]
    return [(name, f"{added:%m-%d}", f"{removed:%m-%d}" if removed else None, first, last) for name, added, removed, first, last in shown]


def into(number: int, day: str, old: str, new: str) -> dict[str, Any]:
    """The sprint field changed that day."""
    return entry(number, f"2026-{day}T10:00:00.000Z", set_field("Sprint", "customfield_7", "", "", old, new))


def estimated(number: int, day: str, old: str | None, new: str) -> dict[str, Any]:
    """The points changed that day."""
    return entry(number, f"2026-{day}T10:00:00.000Z", set_field("Story Points", "customfield_8", old, new))


def test_an_issue_created_in_a_sprint_has_no_change_to_tell_it() -> None:
    """The field is set and the history is silent: it was there from the beginning."""
    assert stays([], customfield_7=[sprint(5)], customfield_8=3) == [("5", "01-05", None, 3.0, 3.0)]


def test_the_first_change_tells_where_it_was_before() -> None:
    """Created in sprint 4, moved to 5: the stay in 4 began at creation."""
    assert stays([into(1, "01-20", "4", "5")], customfield_7=[sprint(5)]) == [
        ("4", "01-05", "01-20", None, None),
        ("5", "01-20", None, None, None),
    ]


def test_a_sprint_that_is_over_stays_in_the_field() -> None:
    """Carried over: the field holds both, so it was in the first one to the end."""
    assert [
        stay[:3] for stay in stays([into(1, "01-20", "", "4"), into(2, "02-17", "4", "4, 5")], customfield_7=[sprint(4), sprint(5)])
    ] == [
        ("4", "01-20", None),
        ("5", "02-17", None),
    ]


def test_leaving_and_coming_back_are_two_stays() -> None:
    """Each with its own times."""
    changes = [into(1, "01-20", "", "5"), into(2, "02-03", "5", ""), into(3, "02-05", "", "5")]
    assert [stay[:3] for stay in stays(changes, customfield_7=[sprint(5)])] == [("5", "01-20", "02-03"), ("5", "02-05", None)]


def test_points_are_those_at_the_start_and_at_the_end_of_the_sprint() -> None:
    """Changes before the start and after the completion do not count in it."""
    changes = [
        into(1, "01-20", "", "5"),
        estimated(2, "01-25", None, "3"),
        estimated(3, "02-10", "3", "8"),
        estimated(4, "03-01", "8", "13"),
    ]
    assert stays(changes, customfield_7=[sprint(5)], customfield_8=13) == [("5", "01-20", None, 3.0, 8.0)]


def test_a_sprint_that_was_closed_late_counts_until_it_was_closed() -> None:
    """What was estimated after the planned end and before the completion still belongs to it."""
    late = sprint(5, completeDate="2026-02-20T09:00:00.000Z")
    changes = [
        into(1, "01-20", "", "5"),
        estimated(2, "01-25", None, "3"),
        estimated(3, "02-18", "3", "8"),
        estimated(4, "02-22", "8", "13"),
    ]
    assert stays(changes, customfield_7=[late], customfield_8=13) == [("5", "01-20", None, 3.0, 8.0)]


def test_an_issue_added_later_counts_with_the_points_it_had_then() -> None:
    """Scope that joins a running sprint."""
    changes = [estimated(1, "01-25", None, "3"), into(2, "02-05", "", "5"), estimated(3, "02-06", "3", "5")]
    assert stays(changes, customfield_7=[sprint(5)], customfield_8=5) == [("5", "02-05", None, 3.0, 5.0)]


def test_a_sprint_not_started_counts_the_latest_estimate() -> None:
    """It will start with it, unless it changes again."""
    assert stays([into(1, "01-20", "", "6"), estimated(2, "01-25", "1", "2")], customfield_7=[sprint(6, "future")]) == [
        ("6", "01-20", None, 2.0, 2.0)
    ]


def test_the_old_form_of_data_center_is_read() -> None:
    """There a sprint is a text that lists its members."""
    written = (
        "com.atlassian.greenhopper.service.sprint.Sprint@1b2[id=5,rapidViewId=1,state=CLOSED,name=Sprint, the 5th,startDate=2026-02-02T09:00:00.000Z,"
        "endDate=2026-02-16T09:00:00.000Z,completeDate=2026-02-16T09:00:00.000Z,activatedDate=<null>,sequence=5,goal=]"
    )
    rows = parse(changelog=[], customfield_7=[written])
    row = rows["sprint"][0]
    assert (row["external_id"], row["name"], row["state"], row["board_id"]) == ("5", "Sprint, the 5th", "closed", "jira:board:1")
    assert rows["sprint_issue"][0]["sprint_id"] == "jira:sprint:5"
