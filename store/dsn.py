"""Connection strings: one plain form for everybody, whatever form the operator wrote."""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from store.errors import ConfigurationError

# Parameters that libpq (psycopg) knows and asyncpg would pass on to the server, which refuses them.
LIBPQ_ONLY = frozenset({
    "channel_binding", "connect_timeout", "gssdelegation", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
    "require_auth", "sslcertmode", "sslcompression", "sslsni", "tcp_user_timeout",
})  # fmt: skip

KEEPALIVE = {"keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 15_000}
"""A connection that the network drops in silence ends within half a minute instead of hanging for hours; in libpq's words and units:
on or off, seconds without a word until the first probe, seconds between probes, unanswered probes, milliseconds for what was sent.

The times add up: what is sent just before the probes would have told gets its own time, and no probe is made while it is under way."""
SERVER_KEEPALIVE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "4"}
"""The same for the server's half, which holds locks and a place until it ends; no time for what was sent, since a slow reader is not lost."""
CONNECT_TIMEOUT_S = 10


def plain(url: str, *, setting: str = "DATABASE_URL") -> str:
    """`postgres://`, `postgresql://` and `postgresql+driver://` all become `postgresql://`."""
    scheme, separator, rest = url.strip().partition("://")
    if not separator or not re.fullmatch(r"postgres(ql)?(\+\w+)?", scheme):
        raise ConfigurationError(
            f"{setting} must begin with postgresql:// (for example postgresql://user:password@host:5432/pulse).", setting=setting
        )
    if not database_name(f"postgresql://{rest}"):
        raise ConfigurationError(f"{setting} names no database; end it with /NAME, for example /pulse.", setting=setting)
    return f"postgresql://{rest}"


def for_asyncpg(dsn: str) -> str:
    """The same connection without the parameters that only libpq understands."""
    parts = urlsplit(dsn)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in LIBPQ_ONLY]
    return _join(parts.netloc, parts.path, urlencode(kept))


def for_libpq(dsn: str, **options: str) -> str:
    """The same connection for psycopg, with server settings; it ends when the network falls silent."""
    parts = urlsplit(with_options(dsn, **SERVER_KEEPALIVE, **options))
    query = {"connect_timeout": CONNECT_TIMEOUT_S, **keepalive(dsn)} | dict(parse_qsl(parts.query, keep_blank_values=True))
    return _join(parts.netloc, parts.path, urlencode(query, quote_via=quote))


def keepalive(dsn: str) -> dict[str, int]:
    """When a silent connection counts as lost: what the operator wrote in the connection string, else `KEEPALIVE`."""
    given = dict(parse_qsl(urlsplit(dsn).query))
    try:
        return {name: int(given.get(name, usual)) for name, usual in KEEPALIVE.items()}
    except ValueError as error:
        names = ", ".join(KEEPALIVE)
        raise ConfigurationError(f"DATABASE_URL: {names} are whole numbers ({error}).", setting="DATABASE_URL") from error


def database_name(dsn: str) -> str:
    """The database a connection string leads to; empty when it names none."""
    parts = urlsplit(dsn)
    return unquote(parts.path.removeprefix("/")) or dict(parse_qsl(parts.query)).get("dbname", "")


def login(dsn: str) -> tuple[str, str]:
    """User and password of a connection string; empty where it has none."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query))
    return unquote(parts.username or "") or query.get("user", ""), unquote(parts.password or "") or query.get("password", "")


def with_login(dsn: str, user: str, password: str) -> str:
    """The same database as somebody else."""
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2]
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in {"user", "password"}]
    return _join(f"{quote(user, safe='')}:{quote(password, safe='')}@{host}", parts.path, urlencode(query))


def with_database(dsn: str, name: str) -> str:
    """The same server and login, another database."""
    parts = urlsplit(dsn)
    return _join(parts.netloc, f"/{quote(name, safe='')}", parts.query)


def with_options(dsn: str, **options: str) -> str:
    """The same connection with server settings that hold from its start, such as `role` or `search_path`."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    given = [query["options"]] if query.get("options") else []
    query["options"] = " ".join([*given, *(f"-c {name}={value}" for name, value in options.items())])
    return _join(parts.netloc, parts.path, urlencode(query, quote_via=quote))  # libpq does not read "+" as a blank


def without_password(dsn: str) -> str:
    """A form that may be shown, logged, and given to a program on its command line."""
    parts = urlsplit(dsn)
    user, host = login(dsn)[0], parts.netloc.rpartition("@")[2]
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in {"user", "password", "passfile", "sslpassword"}]
    return _join(f"{quote(user, safe='')}@{host}" if user else host, parts.path, urlencode(query))


def _join(netloc: str, path: str, query: str) -> str:
    # urlunsplit drops "//" before an empty host, which sockets given as ?host=/folder have
    return urlunsplit(("postgresql", netloc, path, query, "")) if netloc else f"postgresql://{path}" + (f"?{query}" if query else "")
