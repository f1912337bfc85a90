"""Receipts: what was asked, under which definition, and the answer, kept under an id derived from them."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from servers.metrics.result import Result
from store.clock import now
from store.database import Database
from store.errors import NotFound
from store.settings import Settings
from store.tables.operations import receipt

ID_DIGITS = 12


class UnknownEvidence(NotFound):
    """No receipt has this id."""

    def __init__(self, evidence: str) -> None:
        super().__init__(f"There is no evidence {evidence!r}; take the `evidence` of a result of query_metric or dora_report.")


def canonical(document: Any) -> str:
    """The one way in which a document is written as JSON, so that equal documents have equal bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def evidence_id(tool: str, arguments: dict[str, Any], document: dict[str, Any]) -> str:
    """The id of a receipt: the same question with the same answer has the same one."""
    digest = hashlib.sha256(canonical([tool, arguments, document]).encode()).hexdigest()
    return f"e{digest[:ID_DIGITS]}"


async def keep(db: Database, settings: Settings, *, tool: str, arguments: dict[str, Any], result: Result | dict[str, Any]) -> str:
    """Store a receipt and return its evidence id; the same question with the same answer is one receipt."""
    document = result.document() if isinstance(result, Result) else dict(result)
    document.pop("evidence", None)
    found = evidence_id(tool, arguments, document)
    first = (document.get("metrics") or [document])[0]
    row = {
        "id": found,
        "tool": tool,
        "metric": first.get("metric"),
        "definition_version": str(first.get("definition_version", "")),
        "arguments": arguments,
        "sql_fingerprint": hashlib.sha256(
            canonical([first.get("metric"), first.get("definition_version"), arguments]).encode()
        ).hexdigest()[:16],
        "as_of": datetime.fromisoformat(first["as_of"]) if first.get("as_of") else now(settings),
        "result": document,
        "created_at": now(settings),
    }
    async with db.begin() as connection:
        await connection.execute(insert(receipt).values(row).on_conflict_do_nothing())
    return found


async def replay(db: Database, evidence: str) -> dict[str, Any]:
    """The stored receipt: id, tool, arguments, definition version, as_of and the result as it was given.

    Raises:
        UnknownEvidence: there is no such receipt.
    """
    async with db.connect() as connection:
        found = (await connection.execute(select(receipt).where(receipt.c.id == evidence))).mappings().one_or_none()
    if found is None:
        raise UnknownEvidence(evidence)
    return dict(found)
