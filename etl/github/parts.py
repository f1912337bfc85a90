"""Parts that GitHub also gives by themselves: reviews and commits of a pull request, jobs of a run, organisations of a user.

A sync gets them inside their owners; as records of their own they come by webhook or from a recording.
"""

from collections.abc import Callable

from etl.entity import Entity, Parsing, Raw, Rows, nothing
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.commit_rows import author_of, commit_row, git_identity_row, with_parents
from etl.github.pull_request_rows import review_row
from etl.github.shapes import account, ident, instant, number_in, text, whole


def _pull_id(parsing: Parsing, raw: Raw) -> str:
    """The pull request that a part belongs to: what stands beside it, or what its link leads to."""
    given = raw.get("pull_id")
    number = raw.get("pull_number") or number_in(raw.get("pull_request_url")) or raw.get("number")
    found = given or parsing.lookups.get("pulls", {}).get((shapes.repository_name(raw), number))
    return ident(parsing, "pr", found or f"@{shapes.repository_name(raw)}#{number}")


def parse_review(parsing: Parsing, raw: Raw) -> Rows:
    """A review; nothing for one that is not submitted."""
    raw = shapes.record(raw)
    row = review_row(parsing, raw, _pull_id(parsing, raw))
    return {"review": [row] if row else [], "identity": shapes.identity_rows(parsing, [account(raw.get("user"))])}


def parse_pull_commit(parsing: Parsing, raw: Raw) -> Rows:
    """A commit of a pull request."""
    raw = shapes.record(raw)
    row = with_parents(raw, commit_row(parsing, raw, shapes.repository_id(parsing, raw)))
    people = [*shapes.identity_rows(parsing, [author_of(raw)]), *filter(None, [git_identity_row(parsing, raw)])]
    return {"commit": [row], "pr_commit": [{"pr_id": _pull_id(parsing, raw), "sha": row["sha"]}], "identity": people}


def parse_job(parsing: Parsing, raw: Raw) -> Rows:
    """A job of a workflow run."""
    raw = shapes.record(raw)
    run_id = shapes.needed(whole(raw, "run_id"), "run_id")
    row = {
        "id": ident(parsing, "job", shapes.database_id(raw)),
        "site": parsing.site,
        "run_id": ident(parsing, "run", run_id),
        "name": text(raw, "name"),
        "sha": text(raw, "head_sha"),
        "attempt": whole(raw, "run_attempt"),
        "status": _lower(text(raw, "status")),
        "conclusion": _lower(text(raw, "conclusion")),
        "started_at": instant(raw, "started_at"),
        "completed_at": instant(raw, "completed_at"),
        "url": text(raw, "html_url"),
    }
    return {"workflow_job": [row]}


def _lower(value: str | None) -> str | None:
    return value.lower() if value else None


def parse_organization(parsing: Parsing, raw: Raw) -> Rows:
    """An organisation that a user shows to belong to; the user's login stands beside the record."""
    raw = shapes.record(raw)
    owner = shapes.needed(text(raw, "user_login"), "user_login")
    return {
        "identity_organization": [
            {"identity_id": ident(parsing, "login", owner), "organization": shapes.needed(text(raw, "login"), "login")}
        ]
    }


def _entity(name: str, tables: tuple[str, ...], parse: Callable[[Parsing, Raw], Rows]) -> Entity[GitHub]:
    return Entity(
        name=f"github.{name}",
        scope="repository",
        tables=tables,
        pages=nothing,
        parse=parse,
        external_id=lambda raw: str(raw.get("sha") or shapes.database_id(shapes.record(raw))),
        after=("github.pull_requests",),
        on_demand=True,
    )


reviews = _entity("reviews", ("review", "identity"), parse_review)
pull_request_commits = _entity("pull_request_commits", ("pr_commit", "commit", "identity"), parse_pull_commit)
workflow_jobs = _entity("workflow_jobs", ("workflow_job",), parse_job)
user_organizations = _entity("user_organizations", ("identity_organization",), parse_organization)
