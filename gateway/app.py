"""The one ASGI application: REST, MCP servers, chat."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import RedirectResponse
from fastmcp.utilities.lifespan import combine_lifespans
from starlette.applications import Starlette
from starlette.types import ASGIApp

from gateway import problems
from gateway.chat import PATH as CHAT
from gateway.chat import mount_chat
from gateway.front import Front
from gateway.headers import Guard
from gateway.routes import (
    ask,
    briefings,
    conversations,
    dashboards,
    data_health,
    docs,
    etl_board,
    health,
    integrations,
    mappings,
    metrics,
    quarantine,
    sync,
    sync_logs,
    sync_stream,
    webhooks,
)
from gateway.switch import Switch
from servers.app import SERVER_NAMES, build_all, build_server, http_app
from servers.context import opened
from store.errors import ConfigurationError
from store.settings import LOOPBACK_HOSTS, Settings

ROUTERS = (
    health,
    ask,
    briefings,
    conversations,
    metrics,
    sync,
    sync_stream,
    sync_logs,
    quarantine,
    data_health,
    etl_board,
    mappings,
    dashboards,
    integrations,
    webhooks,
    docs,
)


def check_exposure(settings: Settings) -> None:
    """Refuse to let other machines in while nobody can log in.

    Raises:
        ConfigurationError: the bind address is not loopback, or the environment is production.
    """
    if not settings.loopback:
        raise ConfigurationError(
            f"PULSE_HOST={settings.pulse_host} would let other machines in without a login; keep PULSE_HOST=127.0.0.1 "
            "and put a proxy that signs people in before it.",
            setting="PULSE_HOST",
        )
    if settings.production:
        raise ConfigurationError(
            "PULSE_ENV=production needs a login, which this version does not have; use PULSE_ENV=development on 127.0.0.1.",
            setting="PULSE_ENV",
        )


def build(front: Front, *, with_chat: bool = True) -> ASGIApp:
    """The application for an opened installation; whoever opened it closes it."""
    settings = front.settings
    servers = _mcp_apps(front)
    api = FastAPI(
        title="Pulse",
        version=version("pulse-engineering-analytics"),
        summary="Ask about software delivery; get a number with its chart, its definition and the records behind it.",
        lifespan=combine_lifespans(_lifespan(front), *[app.router.lifespan_context for app in servers.values()]),
        docs_url=None,
        redoc_url=None,
        responses=problems.DOCUMENTED,
    )
    api.state.front = front
    problems.install(api)
    for module in ROUTERS:
        api.include_router(module.router)
    hashes = mount_chat(api, settings) if with_chat else []
    api.add_api_route("/", _to_chat, include_in_schema=False)
    if settings.cors_origins:
        api.add_middleware(
            CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=["GET", "POST", "PATCH", "DELETE"], allow_headers=["*"]
        )
    return Guard(Switch(api, servers), hosts=_hosts(settings), origins=settings.cors_origins, chat_hashes=hashes)


def _mcp_apps(front: Front) -> dict[str, Starlette]:
    give = opened(front.pulse)
    found = {f"/mcp/{name}": build_server(name, give) for name in SERVER_NAMES}
    found["/mcp"] = build_all(give)
    settings = front.settings
    return {
        path: http_app(server, path=path, allowed_hosts=_with_ports(settings), allowed_origins=settings.cors_origins)
        for path, server in found.items()
    }


def _hosts(settings: Settings) -> list[str]:
    return sorted({settings.pulse_host, *LOOPBACK_HOSTS})


def _with_ports(settings: Settings) -> Sequence[str]:
    return [form for host in _hosts(settings) for form in (host, f"{host}:*")]


def _lifespan(front: Front) -> Any:
    @contextlib.asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        app.state.front = front
        yield

    return live


async def _to_chat() -> RedirectResponse:
    return RedirectResponse(f"{CHAT}/", status_code=307)
