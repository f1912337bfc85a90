"""What a delivery of Jira's webhooks hints at; the sync then reads it the normal way."""

from etl.entity import Raw
from etl.hints import Hint
from etl.jira.values import members, text

_KINDS = {
    "issue": "jira.issues",
    "sprint": "jira.sprints",
    "version": "jira.versions",
    "board": "jira.boards",
    "project": "jira.projects",
    "user": "jira.users",
}


def hint_of(delivery: Raw) -> Hint:
    """The hint in a delivery of Cloud or Data Center, also in old ones that name no event.

    Comments, worklogs and links change their issue.
    """
    event = (text(delivery.get("webhookEvent")) or "").removeprefix("jira:")
    issue = text(members(delivery, "issue").get("id")) or text(members(delivery, "worklog").get("issueId"))
    if issue:
        return Hint("deleted" if event == "issue_deleted" else "changed", "jira.issues")
    kind, _, action = event.partition("_")
    record = members(delivery, kind)
    found = text(record.get("id") or record.get("accountId") or record.get("key"))
    if kind not in _KINDS or found is None:
        return Hint("other")
    return Hint("deleted" if "deleted" in action else "changed", _KINDS[kind])
