"""Forecasts, limits and risks of the demo company once more, as plain loops; nothing here knows the code of the metrics."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil, comb
from typing import Any

from demo_rows import Rows, dropped
from deriving import Row
from sprint_opinion import amounts_of_sprint

GENERATED = re.compile(
    r"\.lock$|-lock\.(json|yaml)$|\.lock\.hcl$|go\.sum$|\.min\.\w+$|_pb2\.py$|\.snap$|(^|/)(vendor|node_modules|dist|__snapshots__)/"
)
TOUCHY = {
    "migration", "migrations", "alembic", "auth", "oauth", "login", "security", "secret", "secrets", "crypto", "permission", "permissions", "payment",
    "payments", "billing", "infra", "terraform", "k8s", "helm", "deploy", "github", "ci", "jenkinsfile", "dockerfile",
}  # fmt: skip
TEST = re.compile(r"(^|/)(tests?|__tests__|specs?|e2e)/|(^|/)test_|[._-](test|spec)s?\.")
REVERTS = re.compile(r"^revert-\d+|reverts [\w./-]*#\d+|this reverts commit", re.IGNORECASE)
SOURCE = (".py", ".ts", ".tsx", ".js", ".go", ".kt", ".swift", ".sql")


def days_to_finish(history: Sequence[int], remaining: int, trials: int = 10_000) -> dict[str, int]:
    """Days by which all is done in 50, 85 and 95 % of the trials."""
    dice, outcomes = random.Random(42), []
    for _ in range(trials):
        day = got = 0
        while got < remaining:
            day += 1
            got += history[int(dice.random() * len(history))]
        outcomes.append(day)
    outcomes.sort()
    return {f"p{level}": outcomes[ceil(level * trials / 100) - 1] for level in (50, 85, 95)}


def amount_by(history: Sequence[int], days: int, trials: int = 10_000) -> dict[str, int]:
    """Items that are done within so many days in at least 50, 85 and 95 % of the trials."""
    dice = random.Random(42)
    sums = sorted(sum(history[int(dice.random() * len(history))] for _ in range(days)) for _ in range(trials))
    return {f"p{level}": sums[trials - ceil(level * trials / 100)] for level in (50, 85, 95)}


def chance(history: Sequence[int], remaining: int, days: int, share: float = 1.0) -> float:
    """Probability that so many items are done in so many days, each item of a day kept with probability `share`."""
    one: dict[int, float] = defaultdict(float)
    for count, times in Counter(history).items():
        for kept in range(count + 1):
            one[kept] += times / len(history) * comb(count, kept) * share**kept * (1 - share) ** (count - kept)
    open_ = {remaining: 1.0}
    for _ in range(days):
        after: dict[int, float] = defaultdict(float)
        for left, likely in open_.items():
            for kept, odds in one.items():
                if kept < left:
                    after[left - kept] += likely * odds
        open_ = {left: likely for left, likely in after.items() if likely > 1e-15}
    return 1 - sum(open_.values())


def signalling(values: Sequence[float], better: str) -> list[tuple[int, str]]:
    """Places of the last eight values that signal, each with what it means; limits from up to 24 values before."""
    base = list(values[:-8])[-24:]
    base = base if len(base) >= 8 else list(values)
    centre = sum(base) / len(base)
    spread = 2.66 * sum(abs(b - a) for a, b in pairwise(base)) / (len(base) - 1)
    found = []
    for place in range(len(values) - 8, len(values)):
        value, side = values[place], 1 if values[place] > centre else -1
        outside = abs(value - centre) > spread if spread else abs(value - centre) >= 0.1 * abs(centre) and value != centre
        run = values[max(0, place - 7) : place + 1]
        drift = len(run) == 8 and all((other - centre) * side > 0 for other in run)
        near = [
            abs(other - centre - side * spread) < abs(other - centre) and (other - centre) * side > 0
            for other in values[max(0, place - 3) : place + 1]
        ]
        if outside or (spread and (drift or (near[-1] and sum(near) >= 3))):
            found.append((place, "change" if better == "context" else "better" if (side > 0) == (better == "higher") else "worse"))
    return found


def epics(rows: Rows) -> dict[str, str]:
    """Health of every epic that is open: where its date lies among the dates that its own pace, or its share of its team's, leads to."""
    return {
        epic["key"]: _health(rows, epic)
        for epic in rows.read["issues"]
        if epic["level"] == "epic" and not dropped(epic) and rows.category(epic) != "done"
    }


def _health(rows: Rows, epic: Row) -> str:
    own = [item for item in rows.items if epic["id"] in (item["epic_id"], item["parent_id"])]
    left = sum(not dropped(item) and item["id"] not in rows.done_at for item in own)
    if not left:
        return "done" if any(item["id"] in rows.done_at for item in own) else "unknown"
    history, share = rows.finished_per_day(own), 1.0
    if sum(history) < 10:
        team = Counter(item["team"] for item in own if item["team"]).most_common(1)
        whole = rows.finished_per_day([item for item in rows.items if team and item["team"] == team[0][0]])
        share = sum(history) / sum(whole) if sum(whole) else 0.0
        history = whole if share else history
    target = epic["target_at"] or epic["due_at"]
    if sum(history) < 10 or target is None:
        return "unknown"
    likely = chance(history, left, max((target.date() - rows.last_day).days, 0), share)
    return "on_track" if likely >= 0.85 else "at_risk" if likely >= 0.5 else "off_track"


def weighed(*factors: tuple[float, float | None]) -> float:
    """0 to 100 over the factors that are known."""
    known = [(weight, held) for weight, held in factors if held is not None]
    return 100 * sum(weight * min(1.0, max(0.0, held)) for weight, held in known) / sum(weight for weight, _ in known)


def sprints(rows: Rows) -> dict[str, float]:
    """Risk of every running sprint."""
    return {sprint["name"]: _sprint(rows, sprint) for sprint in rows.read["sprints"] if sprint["state"] == "active"}


def _sprint(rows: Rows, sprint: Row) -> float:
    unit, ledger = amounts_of_sprint(rows, sprint)
    inside = [line for line in ledger if line["done"] or line["spilled"]]
    open_ = [line for line in inside if line["spilled"]]

    def size(lines: list[Row], part: str = "end_points") -> float:
        return sum((line[part] or 0) if unit == "points" else 1 for line in lines)

    scope, done = size(inside), size([line for line in inside if line["done"]])
    begun = [line for line in open_ if rows.category(line["issue"]) == "in_progress"]
    team = Counter(line["issue"]["team"] for line in ledger).most_common(1)[0][0]
    usual = rows.usual_days(team)
    aged = [line for line in begun if usual and (at := rows.started(line["issue"])) and rows.now - at > timedelta(days=usual)]
    elapsed = (rows.now - sprint["started_at"]) / (sprint["planned_end_at"] - sprint["started_at"])
    history = rows.finished_per_day([item for item in rows.items if item["team"] == team])
    likely = chance(history, len(open_), max((sprint["planned_end_at"].date() - rows.last_day).days, 0))
    blocked = [line for line in open_ if line["issue"]["flagged"] or "blocked" in (line["issue"]["status"] or "").lower()]
    todo = [line for line in open_ if rows.category(line["issue"]) == "todo"]
    bare = [line for line in inside if line["start_points"] is None and line["end_points"] is None]
    added, committed = (size([line for line in ledger if line[part]], "start_points") for part in ("added", "committed"))
    rest = scope - done
    return weighed(
        (35, (elapsed - done / scope) / 0.5), (25, 1 - likely), (10, added / committed / 0.3), (10, elapsed * size(todo) / rest),
        (10, len(aged) / len(begun) if begun else 0.0), (5, size(blocked) / rest), (5, len(bare) / len(inside)),
    )  # fmt: skip


def pulls(rows: Rows) -> dict[str, float]:
    """Risk of every pull request that is open and no draft."""
    files: dict[str, list[Row]] = defaultdict(list)
    for file in rows.read["files"]:
        files[file["pr_id"]].append(file)
    open_ = [
        pull for pull in rows.read["pulls"]
        if pull["state"] == "open" and not pull["is_draft"] and pull["made_by"] != "bot" and not re.match("develop|main|master|release", pull["head_ref"])
    ]  # fmt: skip
    return {f"{pull['full_name']}#{pull['number']}": _pull(rows, pull, files) for pull in open_}


def _pull(rows: Rows, pull: Row, files: dict[str, list[Row]]) -> float:
    kept = [file for file in files[pull["id"]] if not file["generated"] and not GENERATED.search(file["path"])]
    paths = {file["path"] for file in kept}
    ready = {row["pr_id"]: row["at"] for row in rows.read["ready"]}
    approved = {row["pr_id"] for row in rows.read["approvals"]}
    offered: Any = ready.get(pull["id"], pull["created_at"]) if pull["created_as_draft"] else pull["created_at"]
    source = any(path.endswith(SOURCE) and not TEST.search(path) for path in paths)
    words = {word for path in paths for word in re.split(r"[/._-]", path.lower())}
    return weighed(
        (25, (sum((file["additions"] or 0) + (file["deletions"] or 0) for file in kept) - 100) / 900), (10, (len(kept) - 5) / 25),
        (15, float(bool(paths & _hot(rows, pull, files)))), (10, float(bool(words & TOUCHY))),
        (10, 1 - len(paths & _known(rows, pull, files)) / len(paths) if paths and pull["person_id"] else None),
        (10, float(source and not any(TEST.search(path) for path in paths))), (10, float(pull["id"] not in approved)),
        (5, ((rows.now - offered).total_seconds() / 86_400 - 2) / 12),
    )  # fmt: skip


def _hot(rows: Rows, pull: Row, files: dict[str, list[Row]]) -> set[str]:
    """Files of its repository that two reverts or hotfixes of the last 90 days touched."""
    hotfixed = {row["pr_id"] for row in rows.read["hotfixed"]}
    mended = [
        other for other in _merged(rows, pull, 90)
        if other["id"] in hotfixed or REVERTS.search(other["head_ref"]) or REVERTS.search(other["body"] or "")
    ]  # fmt: skip
    counts = Counter(file["path"] for other in mended for file in files[other["id"]])
    return {path for path, times in counts.items() if times >= 2}


def _known(rows: Rows, pull: Row, files: dict[str, list[Row]]) -> set[str]:
    """Files of its repository that its author changed in the last 180 days."""
    return {file["path"] for other in _merged(rows, pull, 180) if other["person_id"] == pull["person_id"] for file in files[other["id"]]}


def _merged(rows: Rows, pull: Row, days: int) -> list[Row]:
    since = rows.now - timedelta(days=days)
    return [
        other
        for other in rows.read["pulls"]
        if other["repo_id"] == pull["repo_id"] and other["merged_at"] and since < other["merged_at"] <= rows.now
    ]


def weeks_before(now: datetime, count: int) -> list[datetime]:
    """The starts of so many complete weeks, and the end of the last."""
    monday = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo) - timedelta(days=now.weekday())
    return [monday - timedelta(weeks=back) for back in range(count, -1, -1)]


def months_before(now: datetime, count: int) -> list[datetime]:
    """The starts of so many complete months, and the end of the last."""
    places = [now.year * 12 + now.month - 1 - back for back in range(count, -1, -1)]
    return [datetime(place // 12, place % 12 + 1, 1, tzinfo=now.tzinfo) for place in places]


def day_after(start: date, days: dict[str, int]) -> dict[str, str]:
    """Days counted from a day, as dates."""
    return {level: str(start + timedelta(days=count)) for level, count in days.items()}
