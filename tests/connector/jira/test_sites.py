"""Several Jira sites in one installation: their ids never meet, each has its own run."""

from collections.abc import Callable
from typing import Any

import pytest
from fake_jira import FakeJira
from pydantic import SecretStr
from sqlalchemy import text

from etl import integrations
from etl.connections import connections
from etl.sync import sync
from gateway.doctor import examine_source
from store.database import Database
from store.errors import ConfigurationError, Conflict, InvalidQuestion
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)
SECRET = SecretStr("ATATT-0123456789-very-secret")


def _new(url: str, **more: Any) -> integrations.NewConnection:
    return integrations.NewConnection("jira", SECRET, base_url=url, **more)


async def _all(db: Database, sql: str) -> list[Any]:
    async with db.connect() as reading:
        return [tuple(row) for row in await reading.execute(text(sql))]


def _fill(*sites: FakeJira) -> None:
    for one in sites:
        for number in range(1, 4):
            one.add_issue(number)


async def test_two_sites_with_the_same_records_are_stored_side_by_side(
    db: Database, cloud: Settings, site: FakeJira, second_site: FakeJira
) -> None:
    """The same keys and numbers at two sites are two records each; each site has its run and its checkpoints."""
    _fill(site, second_site)
    await integrations.add(cloud, db, _new(second_site.url))
    result = await sync(cloud, db, sources=["jira"])
    counted = await _all(db, "select site, count(*) from issue group by site order by site")
    port = second_site.url.rpartition(":")[2]
    assert result.status == "ok"
    assert counted == [("jira", len(site.issues)), (f"jira@127.0.0.1:{port}", len(second_site.issues))]
    assert await _all(db, "select count(*) from issue a join issue b on a.id = b.id and a.site <> b.site") == [(0,)]
    runs = await _all(db, "select connection, status from sync_run order by connection")
    assert runs == [("", "ok"), (f"jira@127.0.0.1:{port}", "ok")]


async def test_a_site_that_fails_does_not_stop_the_other(
    db: Database, cloud: Settings, site: FakeJira, second_site: FakeJira, misbehave: Callable[..., None]
) -> None:
    """A revoked token at the first site: the second is read all the same."""
    _fill(site, second_site)
    await integrations.add(cloud, db, _new(second_site.url))
    misbehave("", status=401, times=1000)
    result = await sync(cloud, db, sources=["jira"])
    assert result.status == "partial"
    assert await _all(db, "select count(*) from issue") == [(len(second_site.issues),)]
    assert await _all(db, "select error like '%JIRA_API_TOKEN%' from sync_run where connection = ''") == [(True,)]


async def test_a_stored_secret_is_never_shown_and_never_in_the_clear(db: Database, cloud: Settings, site: FakeJira) -> None:
    """Only its end and its fingerprint come back; the row holds ciphertext."""
    made = await integrations.add(cloud, db, _new("https://other.atlassian.net", email="ana@acme.example", projects=("PAY",)))
    [shown] = await integrations.listed(db)
    assert (shown.secret_ends, len(shown.fingerprint), shown.site) == ("cret", 12, "jira@other.atlassian.net")
    assert SECRET.get_secret_value() not in str(shown.as_dict()) + str(await _all(db, "select * from connection"))
    [own, further] = await connections(cloud, db, ["jira"])
    assert (own.name, further.name, further.settings.jira_api_token) == ("", made.site, SECRET)


async def test_a_connection_is_tested_and_removed(db: Database, settings: Settings, site: FakeJira, misbehave: Callable[..., None]) -> None:
    """A refusal names the connection, not the secret."""
    made = await integrations.add(settings, db, _new(site.url))
    good = await integrations.test(settings, db, made.id)
    misbehave("myself", status=401)
    bad = await integrations.test(settings, db, made.id)
    await integrations.remove(db, made.id)
    assert (good.ok, bad.ok, made.id in bad.message) == (True, False, True)
    assert SECRET.get_secret_value() not in bad.message
    assert await integrations.listed(db) == []


async def test_data_center_is_examined_by_the_version_it_has(
    data_center: Settings, cloud: Settings, site: FakeJira, misbehave: Callable[..., None]
) -> None:
    """Version 3 of the API is the Cloud's alone."""
    assert [one.state for one in await examine_source(cloud, "jira")] == ["ok", "warning"]
    misbehave("/rest/api/3/", times=9, status=404, answer={"message": "null for uri"})
    assert [one.state for one in await examine_source(data_center, "jira")] == ["ok", "warning"]


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (_new(""), InvalidQuestion),
        (_new("http://jira.acme.example"), ConfigurationError),
        (_new("https://user:word@jira.acme.example"), ConfigurationError),
        (_new("file:///etc/passwd"), ConfigurationError),
        (integrations.NewConnection("github", SECRET), InvalidQuestion),
        (integrations.NewConnection("github", SecretStr(" "), organisations=("acme",)), InvalidQuestion),
    ],
)
async def test_what_cannot_work_is_refused_before_it_is_stored(
    db: Database, settings: Settings, new: integrations.NewConnection, error: type[Exception]
) -> None:
    """The message says what is missing or wrong."""
    with pytest.raises(error):
        await integrations.add(settings, db, new)
    assert await integrations.listed(db) == []


async def test_a_site_is_connected_once_and_a_github_account_joins_its_site(db: Database, settings: Settings) -> None:
    """Two tokens at github.com read one site; two connections to one Jira would read everything twice."""
    await integrations.add(settings, db, _new("https://other.atlassian.net"))
    with pytest.raises(Conflict, match="connected already"):
        await integrations.add(settings, db, _new("https://other.atlassian.net/"))
    for organisation in ("acme", "other"):
        await integrations.add(settings, db, integrations.NewConnection("github", SECRET, organisations=(organisation,)))
    ghes = await integrations.add(
        settings, db, integrations.NewConnection("github", SECRET, base_url="https://git.acme.example/api/v3", organisations=("x",))
    )
    [public, enterprise] = await connections(settings, db, ["github"])
    assert (public.site, len(public.settings.accounts)) == ("github", 1)
    assert (enterprise.site, ghes.site) == ("github@git.acme.example",) * 2


async def test_secrets_move_to_a_new_key(db: Database, settings: Settings) -> None:
    """The key file gives way to PULSE_SECRET_KEYS; a second time there is nothing left to do."""
    await integrations.add(settings, db, _new("https://other.atlassian.net"))
    old = SecretStr((settings.pulse_home / "secret.key").read_text())
    new = SecretStr("A" * 43 + "=")
    both = settings.model_copy(update={"pulse_secret_keys": [new, old]})
    assert [await integrations.rotate(both, db), await integrations.rotate(both, db)] == [1, 0]
    [one] = await connections(settings.model_copy(update={"pulse_secret_keys": [new]}), db, ["jira"])
    assert one.settings.jira_pat == SECRET
