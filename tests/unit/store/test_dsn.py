"""Connection strings: whatever form the operator wrote, one plain form for everybody."""

import pytest

from store import dsn
from store.errors import ConfigurationError

SOCKET = "postgresql://pulse:p%40ss@/pulse?host=%2Ftmp%2Frun&port=5432"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg", "postgres+psycopg2"])
def test_every_spelling_of_the_scheme_is_understood(scheme: str) -> None:
    """Hosters, SQLAlchemy and libpq spell it differently."""
    assert dsn.plain(f"{scheme}://u:p@h:1/d?sslmode=require") == "postgresql://u:p@h:1/d?sslmode=require"


@pytest.mark.parametrize("wrong", ["", "mysql://h/d", "h:5432/d", "postgresql://h", "postgresql://h/"])
def test_what_leads_to_no_database_is_refused(wrong: str) -> None:
    """The sentence shows the right form."""
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        dsn.plain(wrong)


def test_login_and_database_are_read_and_replaced_in_socket_urls_too() -> None:
    """Sockets have no host part, and passwords may hold any character."""
    other = dsn.with_database(dsn.with_login(SOCKET, "etl", "a/b@c"), "x")
    assert (dsn.login(SOCKET), dsn.login(other), dsn.database_name(other), "host=%2Ftmp%2Frun" in other) == (
        ("pulse", "p@ss"),
        ("etl", "a/b@c"),
        "x",
        True,
    )


def test_the_form_that_is_shown_holds_no_password() -> None:
    """Logs and error messages use it."""
    assert dsn.without_password("postgresql://u:s3cret@h/d?password=s3cret") == "postgresql://u@h/d"


def test_asyncpg_gets_only_what_it_understands() -> None:
    """Managed databases hand out URLs with libpq's parameters."""
    assert (
        dsn.for_asyncpg("postgresql://u@h/d?sslmode=require&channel_binding=require&connect_timeout=5")
        == "postgresql://u@h/d?sslmode=require"
    )


def test_psycopg_hears_when_a_silent_connection_is_lost() -> None:
    """What the operator wrote about it holds, for asyncpg too; everything else is half a minute."""
    url = "postgresql://u@h/d?keepalives_idle=60&connect_timeout=3&options=-c%20a%3Db"
    usual = "keepalives_interval=5&keepalives_count=2&tcp_user_timeout=15000"
    server = "-c%20tcp_keepalives_idle%3D10%20-c%20tcp_keepalives_interval%3D5%20-c%20tcp_keepalives_count%3D4"
    assert (
        dsn.for_libpq(url, search_path="jobs")
        == f"postgresql://u@h/d?connect_timeout=3&keepalives=1&keepalives_idle=60&{usual}&options=-c%20a%3Db%20{server}%20-c%20search_path%3Djobs"
    )
    assert dsn.keepalive(url) == {**dsn.KEEPALIVE, "keepalives_idle": 60}
    with pytest.raises(ConfigurationError, match="whole numbers"):
        dsn.keepalive("postgresql://u@h/d?keepalives_idle=soon")


def test_silence_is_noticed_within_35_seconds_at_both_ends() -> None:
    """At our end a statement may be sent just before the probes would have told; the server only answers."""
    ours, server = dsn.KEEPALIVE, {name: int(value) for name, value in dsn.SERVER_KEEPALIVE.items()}
    probed_s = ours["keepalives_idle"] + ours["keepalives_interval"] * ours["keepalives_count"]
    assert probed_s + ours["tcp_user_timeout"] / 1000 <= 35
    assert server["tcp_keepalives_idle"] + server["tcp_keepalives_interval"] * server["tcp_keepalives_count"] <= 35
