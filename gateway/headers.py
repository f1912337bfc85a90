"""What every answer carries and every request must satisfy, as one thin layer around the whole application."""

from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import answer

MAX_BODY_BYTES = 1 << 20
"""Largest request body that is read."""
TOO_LARGE = f"The body is larger than {MAX_BODY_BYTES} bytes."
STRICT = "default-src 'none'; frame-ancestors 'none'"
"""What a browser may do with answers that are data: nothing."""


def chat_policy(script_hashes: Iterable[str] = ()) -> str:
    """The content security policy of the chat page: our own host only; Chainlit compiles its elements, hence 'unsafe-eval'."""
    scripts = " ".join(["'self'", "'unsafe-eval'", *[f"'sha256-{item}'" for item in script_hashes]])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' ws: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; "
    "img-src 'self' data: https://fastapi.tiangolo.com; frame-ancestors 'none'"
)


class Guard:
    """Refuses foreign hosts, foreign origins on sockets and oversized bodies; adds the security headers."""

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str], origins: Sequence[str], chat_hashes: Sequence[str] = ()) -> None:
        self.app = app
        self.hosts = {host.lower() for host in hosts}
        self.origins = {origin.rstrip("/").lower() for origin in origins}
        self.chat = chat_policy(chat_hashes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when it may come in."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, _bounded(receive), self._with_headers(scope, send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403, "reason": refusal[1]})
        else:
            await answer(*refusal)(scope, receive, self._with_headers(scope, send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = _without_port(headers.get("host", ""))
        if self.hosts and host not in self.hosts:
            return 421, "This server does not answer for that host name; add it to PULSE_HOST or call it by its address."
        if scope["type"] == "websocket" and not self._same_origin(headers):
            return 403, "Pages of other origins may not open a socket here; add the origin to CORS_ORIGINS."
        if scope.get("method") in ("POST", "PUT", "PATCH") and _declared_bytes(headers) > MAX_BODY_BYTES:
            return 413, TOO_LARGE
        return None

    def _same_origin(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None or origin.rstrip("/").lower() in self.origins:
            return True
        return origin.split("://", 1)[-1].lower() == headers.get("host", "").lower()

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        policy = self._policy(scope["path"])

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("X-Frame-Options", "DENY")
                if "/assets/" not in scope["path"] and "/public/" not in scope["path"]:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return sending

    def _policy(self, path: str) -> str:
        if path == "/chat" or path.startswith("/chat/"):
            return self.chat
        return DOCS_POLICY if path in ("/docs", "/redoc") else STRICT


def _bounded(receive: Receive) -> Receive:
    """`receive` that refuses a body which turns out too large while it comes in."""
    read = 0

    async def receiving() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY_BYTES:
            raise HTTPException(413, TOO_LARGE)
        return message

    return receiving


def _without_port(host: str) -> str:
    name = host.rsplit(":", 1)[0] if host.rsplit(":", 1)[-1].isdigit() else host
    return name.strip("[]").lower()


def _declared_bytes(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdigit() else MAX_BODY_BYTES + 1
