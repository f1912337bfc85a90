"""Sprints: all of each board in a full sync, those still open in an incremental one."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Row, Rows, Scope
from etl.jira.client import AGILE, JiraClient
from etl.jira.lookups import SPRINT_ORDER, Lookups, Span
from etl.jira.stays import sprint_objects
from etl.jira.values import external_id, instant, text
from store.errors import QuestionRefused, UpstreamGone

PROBED_AFTER_S = 600
"""How old the news of open sprints may be, in seconds (issues that change bring theirs along anyway)."""
_MOST_SPRINTS = 100
_PAGE = 5000


async def pages(client: JiraClient, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """The sprints of every scrum board, or what became of the open ones."""
    if position.since is None or position.cursor is not None:
        async for page in _of_boards(client, position):
            yield page
    else:
        async for page in _still_open(client):
            yield page


async def _of_boards(client: JiraClient, position: Position) -> AsyncIterator[Page]:
    """Board after board; one that has no sprints (Jira tells only when asked), or is gone by now, costs the others nothing."""
    cursor = position.cursor or {}
    boards = [board for board in client.lookups.board_ids if board >= str(cursor.get("board", ""))]
    if not boards:
        yield client.page([], None)
    for number, board in enumerate(boards):
        start = Position(cursor={"startAt": cursor.get("startAt", 0)} if board == cursor.get("board") else None)
        following = {"board": boards[number + 1]} if number + 1 < len(boards) else None
        try:
            async for page in client.numbered(f"{AGILE}/board/{board}/sprint", {}, start, size=50):
                yield client.page(page.records, {"board": board, **page.next_cursor} if page.next_cursor else following)
        except (QuestionRefused, UpstreamGone):
            yield client.page([], following)


async def _still_open(client: JiraClient) -> AsyncIterator[Page]:
    """One question instead of one per board: issues carry their sprints with state and dates."""
    lookups = client.lookups
    ids = sorted(
        (sprint for sprint, state in lookups.sprint_states.items() if state != "closed"), key=lambda sprint: _urgency(sprint, lookups)
    )
    fields = list(lookups.roles.fields.get("sprint", ()))
    if not ids or not fields:
        yield client.page([], None)
        return
    question = {"jql": f"sprint in ({','.join(ids[:_MOST_SPRINTS])}) ORDER BY created ASC", "fields": fields}
    try:
        found = [sprint async for issues, _, _ in client.search(question, size=_PAGE) for sprint in _carried(issues, fields)]
    except QuestionRefused:  # one of them was deleted: ask the boards instead
        async for page in _of_boards(client, Position()):
            yield page
    else:
        yield client.page(list({sprint["id"]: sprint for sprint in found}.values()), None)


def _carried(issues: list[Raw], fields: list[str]) -> list[Raw]:
    """The sprints in the sprint fields of issues."""
    values = [(issue.get("fields") or {}).get(name) for issue in issues for name in fields]
    return [sprint for value in values for sprint in sprint_objects(value)]


def _urgency(sprint: str, lookups: Lookups) -> tuple[int, int]:
    """Active ones first, then the oldest: the next to start."""
    return -SPRINT_ORDER[lookups.sprint_states[sprint]], int(sprint) if sprint.isdecimal() else 0


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The sprint."""
    return {"sprint": [sprint_row(parsing.site, raw)]}


def span_of(raw: Raw) -> Span:
    """When a sprint started and was completed; a planned start is none yet."""
    state = (text(raw.get("state")) or "future").lower()
    started = None if state == "future" else instant(raw.get("activatedDate") or raw.get("startDate"))
    return Span(started, instant(raw.get("completeDate")))


def sprint_row(site: str, raw: Raw) -> Row:
    """A row from a sprint of the agile API or from the sprint field of an issue."""
    board = text(raw.get("originBoardId") or raw.get("boardId"))
    state = (text(raw.get("state")) or "future").lower()
    span = span_of(raw)
    return {
        "id": f"{site}:sprint:{external_id(raw)}",
        "site": site,
        "external_id": external_id(raw),
        "board_id": f"{site}:board:{board}" if board else None,
        "name": text(raw.get("name")),
        "state": state if state in SPRINT_ORDER else "future",
        "goal": text(raw.get("goal")),
        "started_at": span.started_at,
        "planned_end_at": instant(raw.get("endDate")),
        "completed_at": span.completed_at,
    }


def embedded_sprint_rows(site: str, sprints: list[Raw], lookups: Lookups) -> list[Row]:
    """Rows for sprints that the store does not know or knows in an earlier state; a stale copy never takes one back."""
    rows = (sprint_row(site, sprint) for sprint in sprints)
    return [row for row in rows if SPRINT_ORDER[row["state"]] > SPRINT_ORDER.get(lookups.sprint_states.get(row["external_id"], ""), -1)]


sprints = Entity(
    name="jira.sprints",
    follows_up=True,
    scope="site",
    tables=("sprint",),
    pages=pages,
    parse=parse,
    external_id=external_id,
    after=("jira.boards", "jira.fields"),
    refresh_s=PROBED_AFTER_S,
    deletes=False,
)
