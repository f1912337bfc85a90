"""The sprint ledger once more, as plain loops over sprints of a made-up company or of the demo company; nothing here knows the SQL."""

import random
from datetime import datetime
from typing import Any

from demo_rows import Rows, dropped
from deriving import Row
from second_opinion import DAY, HOUR, START, Company

BOARD = "jira:board:1"


def sprints() -> list[Row]:
    """Four sprints of ten days one after the other; the last one still runs."""
    made = []
    for number in range(4):
        start = START + (8 + 11 * number) * DAY
        over = number < 3
        made.append({
            "id": f"sp{number}", "site": "jira", "external_id": str(number), "board_id": BOARD, "name": f"Sprint {number}",
            "state": "closed" if over else "active", "started_at": start, "planned_end_at": start + 10 * DAY,
            "completed_at": start + 10 * DAY if over else None,
        })  # fmt: skip
    return made


def stays(made: Company) -> list[Row]:
    """Issues come and go: before the start, at it, within, at the very end, and again."""
    dice, found = random.Random(made.seed), []
    for sprint in sprints():
        start, end = sprint["started_at"], sprint["planned_end_at"]
        for issue in dice.sample(made.issues, 30):
            borders = sorted(
                dice.sample([start - 2 * DAY, start, start + HOUR, start + 2 * DAY, start + 5 * DAY, end - HOUR, end, end + DAY], 4)
            )
            for added, removed in (borders[:2], borders[2:])[: dice.choice([1, 1, 2])]:
                found.append({
                    "sprint_id": sprint["id"], "issue_id": issue["id"], "added_at": added, "removed_at": dice.choice([removed, None]),
                    "points_at_start": dice.choice([None, 1.0, 3.0]), "points_at_end": dice.choice([None, 2.0, 5.0]),
                })  # fmt: skip
    return found


def ledger(made: Company, rows: list[Row], now: datetime) -> dict[tuple[str, str], Row]:
    """Of every sprint and issue the sets it is in, its sizes, and how often it had spilled."""
    found: dict[tuple[str, str], Row] = {}
    spills: dict[str, int] = {}
    for sprint in sprints():
        for issue in made.issues:
            own = sorted(
                (row for row in rows if (row["sprint_id"], row["issue_id"]) == (sprint["id"], issue["id"])), key=lambda row: row["added_at"]
            )
            line = _line(made, sprint, issue, own, now)
            if line is None:
                continue
            spills[issue["id"]] = spills.get(issue["id"], 0) + (line["spilled"] and sprint["completed_at"] is not None)
            found[sprint["id"], issue["id"]] = line | {"carried": spills[issue["id"]]}
    return found


def _line(made: Company, sprint: Row, issue: Row, own: list[Row], now: datetime) -> Row | None:
    start, end = sprint["started_at"], sprint["completed_at"] or now
    there = [row for row in own if row["added_at"] <= start and (row["removed_at"] or now) > start]
    later = [row for row in own if start < row["added_at"] <= end]
    closed = closed_at(made, issue, end)
    last = max((row for row in own if row["added_at"] <= end), key=lambda row: row["added_at"], default=None)
    if last is None or not (there or later) or (closed is not None and closed < start):
        return None
    inside = any((row["removed_at"] or now + DAY) >= end for row in own if row["added_at"] <= end)
    last_closed = closed_at(made, issue, now)
    cancelled = dropped(issue) and closed is not None and last_closed is not None and last_closed <= end
    grown: Any = (
        later[0]["points_at_start"] if later and later[0]["points_at_start"] is not None else later[0]["points_at_end"] if later else None
    )
    return {
        "committed": bool(there), "added": not there, "removed": not inside or cancelled, "done": inside and closed is not None and not cancelled,
        "spilled": inside and closed is None, "start_points": there[0]["points_at_start"] if there else grown, "end_points": last["points_at_end"],
    }  # fmt: skip


def closed_at(made: Company, issue: Row, moment: datetime) -> datetime | None:
    """When an issue entered done, as it stood at a moment; None when it was open then."""
    entered, before = None, "todo"
    for move in (move for move in made.moves if move["issue_id"] == issue["id"] and move["at"] <= moment):
        if move["to_category"] != before:
            entered = move["at"] if move["to_category"] == "done" else None
        before = move["to_category"]
    return entered


def amounts_of_sprint(rows: Rows, sprint: Row) -> tuple[str, list[Row]]:
    """`points` or `items`, and a line for each item of a sprint of the demo company with the sets it is in."""
    items = {item["id"]: item for item in rows.items}
    own: dict[str, list[Row]] = {}
    for stay in rows.read["stays"]:
        if stay["sprint_id"] == sprint["id"] and stay["issue_id"] in items:
            own.setdefault(stay["issue_id"], []).append(stay)
    made = Company(seed=0, moves=[move for name in own for move in rows.moves[name]])
    found = [{"issue": items[name], **line} for name, part in own.items() if (line := _line(made, sprint, items[name], part, rows.now))]
    estimated = sum(line["start_points"] is not None or line["end_points"] is not None for line in found)
    return "points" if estimated >= 0.8 * len(found) else "items", found


def sprint_amounts(rows: Rows, project: str) -> dict[str, float]:
    """What was committed, completed, added and removed in the last closed sprint of a project."""
    sprint = max(
        (one for one in rows.read["sprints"] if one["project"] == project and one["state"] == "closed"), key=lambda one: one["completed_at"]
    )
    unit, lines = amounts_of_sprint(rows, sprint)
    sets = {"committed": "start_points", "done": "end_points", "added": "start_points", "removed": "start_points"}
    names = {"done": "completed"}
    return {
        names.get(part, part): sum((line[size] or 0) if unit == "points" else 1 for line in lines if line[part])
        for part, size in sets.items()
    }
