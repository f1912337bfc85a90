"""Webhooks of GitHub and Jira: signed, told once, and only a hint where to look."""

import hashlib
import json
from typing import Any, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from pydantic import BaseModel, SecretStr
from starlette.exceptions import HTTPException

from etl import schedule
from etl.entity import Source
from etl.github.webhooks import hint_of as hint_of_github
from etl.hints import Delivery, Hint, keep
from etl.jira.webhooks import hint_of as hint_of_jira
from gateway.front import Front, InFront
from gateway.signatures import is_signed
from store.documents import clean_text
from store.errors import ConfigurationError

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
NAME_CHARACTERS = 100


class Taken(BaseModel):
    """What became of a delivery."""

    outcome: Literal["waiting", "set aside", "known"]
    """`waiting` for a sync that looks there, `set aside` because nothing that is read changed, `known` because it came before."""
    event: str
    entity: str | None = None
    """What the sync will look at."""


@router.post("/github", status_code=202)
async def github(request: Request, front: InFront) -> Taken:
    """A delivery of GitHub, signed with GITHUB_WEBHOOK_SECRET (X-Hub-Signature-256)."""
    body = await _signed(request, front.settings.github_webhook_secret, "GITHUB_WEBHOOK_SECRET", "x-hub-signature-256")
    document = _document(request, body)
    event = request.headers.get("x-github-event")
    action = document.get("action")
    named = f"{event}.{action}" if isinstance(action, str) else event
    return await _take(front, "github", body, named, hint_of_github(event, document))


@router.post("/jira", status_code=202)
async def jira(request: Request, front: InFront) -> Taken:
    """A delivery of Jira, signed with JIRA_WEBHOOK_SECRET (X-Hub-Signature)."""
    body = await _signed(request, front.settings.jira_webhook_secret, "JIRA_WEBHOOK_SECRET", "x-hub-signature")
    document = _document(request, body)
    named = document.get("webhookEvent") or document.get("issue_event_type_name")
    return await _take(front, "jira", body, named, hint_of_jira(document))


async def _signed(request: Request, secret: SecretStr | None, setting: str, header: str) -> bytes:
    """The raw body, once its signature is found right.

    Raises:
        ConfigurationError: no secret is set, so nothing can be checked.
    """
    if secret is None or not secret.get_secret_value():
        raise ConfigurationError(f"{setting} is not set, so webhooks are not taken; set it to the secret of the webhook.", setting=setting)
    body = await request.body()
    if not is_signed(secret, body, request.headers.get(header)):
        raise HTTPException(401, f"The signature in {header} is missing or is not made with {setting} over this body.")
    return body


def _document(request: Request, body: bytes) -> dict[str, Any]:
    """The payload, sent as JSON or as a form with the JSON in `payload`."""
    try:
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            body = parse_qs(body.decode(), strict_parsing=True)["payload"][0].encode()
        document = json.loads(body)
    except (ValueError, KeyError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise HTTPException(400, "The payload must be a JSON object.")
    return document


async def _take(front: Front, source: Source, body: bytes, event: Any, hint: Hint) -> Taken:
    """Keep the delivery and have its hint followed, both or neither; one that came before has no effect."""
    named = clean_text(str(event or "unnamed")[:NAME_CHARACTERS])
    async with front.db.begin() as connection:
        if not await keep(connection, Delivery(source, hashlib.sha256(body).hexdigest(), named, hint)):
            return Taken(outcome="known", event=named)
        if hint.action == "other":
            return Taken(outcome="set aside", event=named)
        await schedule.hint(connection, source)
    return Taken(outcome="waiting", event=named, entity=hint.entity)
