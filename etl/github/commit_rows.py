"""A commit in any of GitHub's shapes, as a row."""

from etl.entity import Parsing, Raw, Row
from etl.github import shapes
from etl.github.shapes import Account, account, ident, instant, text


def commit_row(parsing: Parsing, raw: Raw, repo_id: str) -> Row:
    """The commit without its parents; see `with_parents`."""
    return authored_commit(parsing, raw, repo_id)[0]


def authored_commit(parsing: Parsing, raw: Raw, repo_id: str) -> tuple[Row, Account | None]:
    """The same with the account of its author, where GitHub knows one."""
    inner = body_of(raw)
    author, committer = inner.get("author") or {}, inner.get("committer") or {}
    who = author_of(raw)
    email = text(author, "email")
    row: Row = {
        "repo_id": repo_id,
        "sha": shapes.needed(text(raw, "oid", "sha"), "sha"),
        "author_id": ident(parsing, "user", who.id) if who else git_identity(email),
        "author_name": text(author, "name"),
        "author_email": email,
        "author_login": who.login if who else None,
        "authored_at": instant(inner, "authoredDate") or instant(author, "date"),
        "committed_at": instant(inner, "committedDate") or instant(committer, "date"),
        "message": text(inner, "message"),
    }
    return row, who


def body_of(raw: Raw) -> Raw:
    """The commit itself: REST wraps it together with its accounts."""
    inner = raw.get("commit")
    return inner if isinstance(inner, dict) else raw


def with_parents(raw: Raw, row: Row) -> Row:
    """The same with its place in the graph."""
    parents = [parent.get("oid") or parent["sha"] for parent in shapes.nodes(raw.get("parents"))]
    return {**row, "parents": parents}


def author_of(raw: Raw) -> Account | None:
    """The account of its author, where GitHub knows one."""
    author = raw.get("author")
    if isinstance(author, dict):
        return account(author.get("user")) or (account(author) if "login" in author else None)
    return None


def git_identity(email: str | None) -> str | None:
    """Our id of somebody that only Git knows."""
    return f"git:{email.lower()}" if email else None


def git_identity_row(parsing: Parsing, raw: Raw) -> Row | None:
    """The identity of an author without an account."""
    inner = body_of(raw)
    author = inner.get("author") or {}
    email = text(author, "email")
    if author_of(raw) is not None or email is None:
        return None
    row: Row = {"id": git_identity(email), "site": parsing.site, "source": "git", "external_id": email.lower()}
    if name := text(author, "name"):
        row["display_name"] = name
    return row
