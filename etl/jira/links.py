"""Links between issues."""

from etl.entity import Raw, Row
from etl.jira.values import members, text


def issue_link_rows(site: str, issue_id: str, links: object) -> list[Row]:
    """A row per link and side: `inward` means the other issue is the one that acts (blocks, causes, duplicates this one)."""
    found = (_row(site, issue_id, link) for link in links) if isinstance(links, list) else ()
    return [row for row in found if row is not None]


def _row(site: str, issue_id: str, link: Raw) -> Row | None:
    inward = members(link, "inwardIssue")
    other = inward or members(link, "outwardIssue")
    other_id = text(other.get("id"))
    kind = members(link, "type")
    if not other_id or not link.get("id"):
        return None
    side = "inward" if inward else "outward"
    return {
        # Both issues tell the same link, each from its side.
        "id": f"{site}:link:{link['id']}:{side}",
        "issue_id": issue_id,
        "owner": issue_id,
        "kind": text(kind.get("name")) or "Relates",
        "direction": side,
        "other_id": f"{site}:issue:{other_id}",
        "other_key": text(other.get("key")),
        "type_id": text(kind.get("id")),
        "relationship": text(kind.get(side)),
        "inward": text(kind.get("inward")),
        "outward": text(kind.get("outward")),
        "sha": None,
        "url": None,
        "title": text(members(other, "fields").get("summary")),
    }


def duplicate_of(rows: list[Row]) -> str | None:
    """The issue this one duplicates, by a link that says so."""
    return next(
        (row["other_id"] for row in rows if row["direction"] == "outward" and "duplicate" in (row["relationship"] or "").lower()), None
    )
