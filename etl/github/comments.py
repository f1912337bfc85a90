"""Plain and diff comments, issue events: read only when asked for by name, because pull requests bring their own timeline."""

from collections.abc import AsyncIterator, Callable

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.shapes import account, account_id, ident, instant, number_in, text

Params = dict[str, str | int | None]
Pages = Callable[[GitHub, Scope, Position], AsyncIterator[Page]]


def _rest(path: str) -> Pages:
    """Pages of a REST list of a repository."""

    async def pages(client: GitHub, scope: Scope, position: Position) -> AsyncIterator[Page]:
        params: Params = {"per_page": 100, "sort": "updated", "direction": "asc", "since": position.since}
        async for answer, following in client.pages(f"repos/{scope.name}/{path}", params, position):
            yield Page(
                [] if answer.not_modified else answer.json(),
                following,
                answer.server_time,
                etag=answer.etag,
                not_modified=answer.not_modified,
            )

    return pages


def parse_issue_comment(parsing: Parsing, raw: Raw) -> Rows:
    """A comment of a conversation: REST lists those of issues and pull requests together, only the page's link tells them apart."""
    raw = shapes.record(raw)
    page = text(raw, "html_url") or ""
    belongs_to = "pull_request" if "/pull/" in page else "issue"
    number = number_in(raw.get("issue_url")) or number_in(page)
    return _comment(parsing, raw, belongs_to, number)


def parse_review_comment(parsing: Parsing, raw: Raw) -> Rows:
    """A comment on a line of a pull request."""
    raw = shapes.record(raw)
    review_id = raw.get("pull_request_review_id")
    rows = _comment(parsing, raw, "review", number_in(raw.get("pull_request_url")))
    row = rows["comment"][0]
    row["review_id"] = ident(parsing, "review", review_id) if review_id else None
    row["commit_sha"], row["path"] = text(raw, "commit_id", "original_commit_id"), text(raw, "path")
    return rows


def _comment(parsing: Parsing, raw: Raw, belongs_to: str, number: int | None) -> Rows:
    who = account(raw.get("user"))
    repo = shapes.repository_name(raw)
    pull = parsing.lookups.get("pulls", {}).get((repo, number))
    row = {
        "id": ident(parsing, "comment", shapes.database_id(raw)),
        "site": parsing.site,
        "repo_id": shapes.repository_id(parsing, raw),
        "belongs_to": belongs_to,
        "number": number,
        "pr_id": ident(parsing, "pr", pull) if pull and belongs_to != "issue" else None,
        "author_id": account_id(parsing, who),
        "author_login": who.login if who else None,
        "created_at": instant(raw, "created_at"),
        "updated_at": instant(raw, "updated_at"),
    }
    return {"comment": [row], "identity": shapes.identity_rows(parsing, [who])}


def parse_issue_event(parsing: Parsing, raw: Raw) -> Rows:
    """Something that happened to an issue or pull request."""
    raw = shapes.record(raw)
    who = account(raw.get("actor"))
    issue = shapes.needed(raw.get("issue"), "issue")
    row = {
        "id": ident(parsing, "event", shapes.database_id(raw)),
        "site": parsing.site,
        "issue_id": ident(parsing, "issue", shapes.database_id(issue)),
        "kind": shapes.needed(text(raw, "event"), "event"),
        "at": shapes.needed(instant(raw, "created_at"), "created_at"),
        "actor_id": account_id(parsing, who),
        "actor_login": who.login if who else None,
    }
    return {"issue_event": [row], "identity": shapes.identity_rows(parsing, [who])}


def _entity(name: str, table: str, path: str, parse: Callable[[Parsing, Raw], Rows]) -> Entity[GitHub]:
    return Entity(
        name=f"github.{name}",
        scope="repository",
        tables=(table, "identity"),
        pages=_rest(path),
        parse=parse,
        external_id=lambda raw: shapes.database_id(shapes.record(raw)),
        after=("github.pull_requests", "github.issues"),
        version=shapes.version,
        on_demand=True,
    )


issue_comments = _entity("issue_comments", "comment", "issues/comments", parse_issue_comment)
review_comments = _entity("review_comments", "comment", "pulls/comments", parse_review_comment)
issue_events = _entity("issue_events", "issue_event", "issues/events", parse_issue_event)
