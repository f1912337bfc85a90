"""Time people logged on issues."""

from etl.entity import Entity, Parsing, Raw, RecordError, Row, Rows
from etl.jira.client import nothing_of_its_own
from etl.jira.users import account_id, account_rows
from etl.jira.values import amount, external_id, instant, text


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The worklog and the account that wrote it."""
    issue = text(raw.get("issueId"))
    if issue is None:
        raise RecordError("`issueId` is missing: the worklog does not say which issue it belongs to")
    rows = account_rows(parsing, raw.get("author"), raw.get("updateAuthor"))
    return {**rows, "worklog": [worklog_row(parsing.site, f"{parsing.site}:issue:{issue}", raw)]}


def worklog_row(site: str, issue_id: str, raw: Raw) -> Row:
    """A row; `seconds` stays null where Jira does not say."""
    author, editor = account_id(raw.get("author")), account_id(raw.get("updateAuthor"))
    return {
        "id": f"{site}:worklog:{external_id(raw)}",
        "issue_id": issue_id,
        "author_id": f"{site}:user:{author}" if author else None,
        "update_author_id": f"{site}:user:{editor}" if editor else None,
        "started_at": instant(raw.get("started")),
        "seconds": amount(raw.get("timeSpentSeconds")),
        "time_spent": text(raw.get("timeSpent")),
        "created_at": instant(raw.get("created")),
        "updated_at": instant(raw.get("updated")),
    }


worklogs = Entity(
    name="jira.worklogs",
    scope="site",
    tables=("worklog", "identity"),
    pages=nothing_of_its_own,
    parse=parse,
    external_id=external_id,
    after=("jira.users",),
)
