"""Commits that the development panel of an issue shows (an undocumented answer, read from recordings and webhooks only)."""

from collections.abc import Iterator

from etl.entity import Entity, Parsing, Raw, RecordError, Rows
from etl.jira.client import nothing_of_its_own
from etl.jira.remotelinks import link_row
from etl.jira.values import text


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """A link per commit; the same commit in several repositories is one."""
    issue = text(raw.get("issueId"))
    if issue is None:
        raise RecordError("`issueId` is missing: the panel does not say which issue it belongs to")
    issue_id = f"{parsing.site}:issue:{issue}"
    rows = {
        sha: link_row(
            f"{parsing.site}:commit:{issue}:{sha}", issue_id, text(commit.get("url")), text(commit.get("message")), "development", sha
        )
        for commit in _commits(raw)
        if (sha := text(commit.get("id")))
    }
    return {"issue_link": list(rows.values())} if rows else {}


def _commits(raw: Raw) -> Iterator[Raw]:
    for detail in raw.get("detail") or ():
        for repository in detail.get("repositories") or ():
            yield from repository.get("commits") or ()


devpanel = Entity(
    name="jira.devpanel",
    scope="site",
    tables=("issue_link",),
    pages=nothing_of_its_own,
    parse=parse,
    external_id=lambda raw: str(raw.get("issueId")),
    after=("jira.users",),
)
