"""A stand-in GitHub whose GraphQL answers are changed on their way out."""

import json
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Rewrite = Callable[[str, dict[str, Any]], dict[str, Any]]
FORBIDDEN = {"type": "FORBIDDEN", "message": "Resource not accessible by personal access token"}


class Bent:
    """ASGI middleware that gives the question and the answer of each GraphQL request to `rewrite`."""

    def __init__(self, app: ASGIApp, rewrite: Rewrite) -> None:
        self.app, self.rewrite = app, rewrite

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].endswith("/graphql"):
            await self.app(scope, receive, send)
            return
        asked: list[bytes] = []
        messages: list[Message] = []

        async def overheard() -> Message:
            message = await receive()
            asked.append(message.get("body", b""))
            return message

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, overheard, keep)
        start, *bodies = messages
        answer = json.loads(b"".join(message.get("body", b"") for message in bodies))
        body = json.dumps(self.rewrite(json.loads(b"".join(asked))["query"], answer)).encode()
        headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})


def withholding(connection: str, *, whole: bool) -> Rewrite:
    """What a token sees that lacks the permission for what a connection lists: no record of it, or with `whole` nothing of what has it."""

    def rewrite(_query: str, answer: dict[str, Any]) -> dict[str, Any]:
        errors: list[dict[str, Any]] = []

        def seen(value: Any) -> Any:
            if isinstance(value, list):
                return [seen(item) for item in value]
            if not isinstance(value, dict):
                return value
            if isinstance(value.get(connection), dict) and (whole or value[connection]["nodes"]):
                errors.append(FORBIDDEN)
                return None if whole else {**value, connection: {**value[connection], "nodes": [None] * len(value[connection]["nodes"])}}
            return {name: seen(item) for name, item in value.items()}

        data = seen(answer.get("data"))
        return {"data": data, **({"errors": errors} if errors else {})}

    return rewrite
