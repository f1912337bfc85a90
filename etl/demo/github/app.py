"""The stand-in GitHub as an ASGI application, with its hourly limit."""

import json
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from graphql import DocumentNode
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from etl.demo.company.model import Company
from etl.demo.github.graph import Graph, Limit
from etl.demo.github.index import Index, iso
from etl.demo.github.nodes import Nodes
from etl.demo.github.rest import Rest, refusal

HOURLY = 5000


@dataclass
class Behaviour:
    """How the stand-in treats its clients; may be changed while it serves."""

    limit: int = 1_000_000
    """Requests (REST) and points (GraphQL) in an hour."""
    largest_graphql_page: int | None = None
    """GraphQL questions for more nested nodes than a page of this size brings are answered 502."""
    points: int = 0
    """GraphQL points charged so far."""
    graphql_requests: int = 0
    """GraphQL questions asked so far."""


class Github:
    """GraphQL, limits and what is about the client itself."""

    def __init__(self, company: Company, behaviour: Behaviour) -> None:
        self.index = Index(company)
        self.behaviour = behaviour
        self.graph = Graph(Nodes(self.index))
        self.used = {"core": 0, "graphql": 0}

    def limit(self, resource: str) -> Limit:
        """What is left of an hourly limit."""
        used = self.used[resource]
        reset = self.index.company.now + timedelta(hours=1)
        return Limit(self.behaviour.limit, max(0, self.behaviour.limit - used), used, iso(reset) or "")

    def limit_headers(self, resource: str) -> dict[str, str]:
        """The same as headers."""
        limit = self.limit(resource)
        reset = str(int((self.index.company.now + timedelta(hours=1)).timestamp()))
        counts = {"x-ratelimit-limit": str(limit.limit), "x-ratelimit-remaining": str(limit.remaining), "x-ratelimit-used": str(limit.used)}
        return {**counts, "x-ratelimit-reset": reset, "x-ratelimit-resource": resource}

    async def graphql(self, request: Request) -> Response:
        """POST /graphql."""
        try:
            asked: Any = json.loads(await request.body())
            query, variables = asked["query"], asked.get("variables") or {}
        except (ValueError, KeyError, TypeError):
            return refusal(400, "Problems parsing JSON")
        document = self.graph.read(query)
        if not isinstance(document, DocumentNode):
            return self._answer(
                {"errors": [{"message": error.message, "locations": error.formatted.get("locations")} for error in document]}
            )
        cost = self.graph.cost(document, variables)
        self.behaviour.graphql_requests += 1
        size = variables.get("first")
        if self.behaviour.largest_graphql_page is not None and isinstance(size, int) and size > self.behaviour.largest_graphql_page:
            return refusal(502, "Server Error")
        if self.limit("graphql").remaining < cost.points:
            return self._answer({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]})
        self.used["graphql"] += cost.points
        self.behaviour.points += cost.points
        return self._answer(self.graph.answer(document, variables, cost, self.limit("graphql")))

    def _answer(self, body: dict[str, Any]) -> Response:
        content = json.dumps(body, separators=(",", ":"))
        return Response(content, 200, self.limit_headers("graphql"), media_type="application/json; charset=utf-8")

    async def rate_limit(self, _request: Request) -> Response:
        """GET /rate_limit, which costs nothing."""
        resources = {}
        for name in self.used:
            limit = self.limit(name)
            reset = int((self.index.company.now + timedelta(hours=1)).timestamp())
            resources[name] = {"limit": limit.limit, "remaining": limit.remaining, "used": limit.used, "reset": reset}
        return Response(json.dumps({"resources": resources, "rate": resources["core"]}), media_type="application/json; charset=utf-8")


class _Door:
    """Asks for a token, counts REST requests, refuses beyond the limit, and dates every answer by the company's clock."""

    def __init__(self, app: ASGIApp, github: Github) -> None:
        self.app, self.github = app, github

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message.get("headers", []) if pair[0].lower() != b"date"]
                now = format_datetime(self.github.index.company.now, usegmt=True).encode()
                headers += [(name.encode(), value.encode()) for name, value in extra.items()]
                message = {**message, "headers": [*headers, (b"date", now)]}
            await send(message)

        path = scope["path"].removeprefix(scope.get("root_path", ""))
        rest = path not in ("/graphql", "/rate_limit")
        extra = self.github.limit_headers("core") if rest else {}
        refused = self._refuse(scope, rest=rest)
        await (refused or self.app)(scope, receive, dated)

    def _refuse(self, scope: Scope, *, rest: bool) -> Response | None:
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if not given.lower().startswith(("bearer ", "token ")) or "revoked" in given:
            return refusal(401, "Bad credentials")
        if not rest:
            return None
        if self.github.limit("core").remaining == 0:
            return refusal(403, "API rate limit exceeded for user ID 1.")
        self.github.used["core"] += 1
        return None


async def _not_found(_request: Request, error: Exception) -> Response:
    return refusal(error.status_code if isinstance(error, HTTPException) else 404, getattr(error, "detail", "Not Found"))


def make_app(company: Company, behaviour: Behaviour | None = None) -> Starlette:
    """The stand-in for a company; `app.state.github` is what it counts."""
    github = Github(company, behaviour or Behaviour())
    routes = [
        Route("/graphql", github.graphql, methods=["POST"]),
        Route("/rate_limit", github.rate_limit),
        *Rest(github.index).routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(_Door, github=github)], exception_handlers={HTTPException: _not_found})
    app.state.github = github
    return app
