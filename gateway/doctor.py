"""What Pulse depends on, looked at one by one: is it there, and if not, how to mend it."""

import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError

from etl.catalogue import connector
from etl.entity import Source
from etl.http import Http, Limits
from etl.probing import probe
from etl.remedies import remedy_for
from servers.metrics.health import health, troubles
from store.database import open_database
from store.errors import PulseError
from store.settings import Settings

State = Literal["ok", "warning", "failed", "not_configured"]
FREE_MIB_WANTED = 1024
SKEW_ALLOWED_S = 30
TIMEOUT_S = 5.0
MODEL_BASES = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    state: State
    message: str
    remedy: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return asdict(self)


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed, except that the embedded database starts."""
    checks: list[Callable[[Settings], Awaitable[list[Finding]]]] = [_database, _redis, _github, _jira, _model, _disk, _data]
    found = [Finding("configuration", "warning", text) for text in settings.warnings] or [
        Finding("configuration", "ok", "Settings and pulse.yaml are valid.")
    ]
    for check in checks:
        found += await check(settings)
    return found


async def _database(settings: Settings) -> list[Finding]:
    kind = "DATABASE_URL" if settings.database_url else f"embedded PostgreSQL under {settings.pulse_home}"
    began = time.monotonic()
    try:
        async with open_database(settings, role="app") as db, db.connect():
            took_ms = 1000 * (time.monotonic() - began)
    except PulseError as error:
        return [Finding("database", "failed", str(error), "Mend DATABASE_URL, or unset it to use the embedded server.")]
    late = [Finding("database roles", "warning", text) for text in settings.warnings if "DATABASE_URL_" in text or "embedded" in text]
    return [Finding("database", "ok", f"{kind} answers, migrated ({took_ms:.0f} ms)."), *late]


async def _redis(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return [Finding("redis", "not_configured", "Cache and events stay in process and in PostgreSQL.")]
    client = Redis.from_url(settings.redis_url.get_secret_value(), socket_connect_timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S)
    try:
        await client.exists("pulse")
    except (RedisError, OSError) as error:
        return [Finding("redis", "failed", f"Redis does not answer ({type(error).__name__}).", "Start it, or unset REDIS_URL.")]
    finally:
        await client.aclose()
    return [Finding("redis", "ok", "Redis answers.")]


REMEDIES: dict[Source, str] = {
    "github": "Set GITHUB_TOKEN and GITHUB_ORG.",
    "jira": "Set JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN, or JIRA_PAT.",
}


async def _github(settings: Settings) -> list[Finding]:
    return await examine_source(settings, "github")


async def _jira(settings: Settings) -> list[Finding]:
    return await examine_source(settings, "jira")


async def examine_source(settings: Settings, source: Source) -> list[Finding]:
    """Whether a source answers and accepts the credentials, and whether its clock agrees with ours."""
    declared = connector(source)
    if not declared.configured(settings):
        return [
            Finding(source, "not_configured", f"No {source} is configured; the demo company stands in when nothing is.", REMEDIES[source])
        ]
    try:
        async with declared.connect(settings) as client:
            await probe(source, client)
            heard = client.http.server_time
    except PulseError as error:
        return [Finding(source, "failed", str(error), remedy_for(source, error))]
    return [Finding(source, "ok", f"{source} answers and accepts the credentials."), *_clock(source, heard)]


def _clock(source: str, heard: str | None) -> list[Finding]:
    """Our clock against the one the source has just told."""
    if not heard:
        return []
    skew_s = (datetime.now(UTC) - datetime.fromisoformat(heard)).total_seconds()
    if abs(skew_s) <= SKEW_ALLOWED_S:
        return [Finding("clock", "ok", f"This machine's clock agrees with {source}.")]
    return [
        Finding("clock", "warning", f"This machine's clock is {skew_s:+.0f} s off {source}'s.", "Synchronise it, for example with NTP.")
    ]


async def _model(settings: Settings) -> list[Finding]:
    chosen = _provider(settings)
    if chosen is None:
        return [Finding("model", "not_configured", "Questions are understood by rules, without a language model.")]
    base, headers = chosen
    try:
        async with Http(
            base, headers=headers, limits=Limits(deadline_s=TIMEOUT_S, connect_s=TIMEOUT_S, attempts=1), name="The model server"
        ) as client:
            await client.get("models")
    except PulseError as error:
        return [
            Finding(
                "model",
                "warning",
                f"{error} Questions are answered by rules meanwhile.",
                "Mend the key or base URL, or set LLM_PROVIDER=none.",
            )
        ]
    return [Finding("model", "ok", "The model server answers.")]


def _provider(settings: Settings) -> tuple[str, dict[str, str]] | None:
    """Base URL and headers of the model server in use."""
    openai = settings.openai_api_key is not None or settings.openai_base_url is not None
    name = settings.llm_provider or ("openai" if openai else "anthropic" if settings.anthropic_api_key else "none")
    if name == "openai":
        key = settings.openai_api_key
        return settings.openai_base_url or MODEL_BASES[name], {"authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    if name == "anthropic" and settings.anthropic_api_key is not None:
        headers = {"x-api-key": settings.anthropic_api_key.get_secret_value(), "anthropic-version": "2023-06-01"}
        return f"{settings.anthropic_base_url or MODEL_BASES[name]}/v1", headers
    return None


async def _disk(settings: Settings) -> list[Finding]:
    place = settings.pulse_home if settings.pulse_home.exists() else settings.pulse_home.parent
    while not place.exists():
        place = place.parent
    free_mib = shutil.disk_usage(place).free >> 20
    if free_mib < FREE_MIB_WANTED:
        return [Finding("disk", "warning", f"Only {free_mib} MiB are free at {place}.", "Free some space, or move PULSE_HOME.")]
    return [Finding("disk", "ok", f"{free_mib >> 10} GiB are free at {place}.")]


async def _data(settings: Settings) -> list[Finding]:
    """How far what is stored can be trusted; nothing is said of an empty store."""
    try:
        async with open_database(settings, role="app") as db:
            found = await health(db, settings)
    except PulseError:
        return []  # the database's own line says why
    if not any(one["kind"] == "lag" for one in found["findings"]):
        return [Finding("data", "not_configured", "Nothing has been synced yet.", "Run `pulse sync`.")]
    wrong = troubles(found)
    if not wrong:
        return [Finding("data", "ok", f"{len(found['findings'])} checks of the stored data found nothing.")]
    return [Finding("data", "warning", f"{one['says']}.", one["remedy"]) for one in wrong]
