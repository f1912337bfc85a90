"""Exact paths that other ASGI applications answer; everything else goes to the main one."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send


class Switch:
    """Sends requests for the paths of `others` there, with or without a slash at the end."""

    def __init__(self, app: ASGIApp, others: Mapping[str, ASGIApp]) -> None:
        self.app = app
        self.others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the application of its path."""
        path = scope.get("path", "").rstrip("/")
        other = self.others.get(path) if scope["type"] == "http" else None
        if other is None:
            await self.app(scope, receive, send)
        else:
            await other({**scope, "path": path, "raw_path": path.encode()}, receive, send)
