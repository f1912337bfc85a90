"""Teams, services, owners, memberships and persons, with and without pulse.yaml."""

from datetime import UTC, datetime, timedelta

from deriving import REPO, Derive, Read, Store, account, repository

from store.config import PulseConfig
from store.database import Database
from store.settings import Settings
from store.tables import code, people

TEAMS = [
    {
        "id": "github:team:1",
        "site": "github",
        "key": "engineering",
        "name": "Engineering",
        "parent_id": None,
        "external_id": "acme/engineering",
    },
    {
        "id": "github:team:2",
        "site": "github",
        "key": "payments",
        "name": "Payments",
        "parent_id": "github:team:1",
        "external_id": "acme/payments",
    },
]


async def github_company(store: Store) -> None:
    """Two nested teams, both with write access; ana in both, bo in the outer one."""
    grants = [{"team_id": team["id"], "repo_id": REPO, "permission": "push"} for team in TEAMS]
    members = [("github:team:1", "ana"), ("github:team:1", "bo"), ("github:team:2", "ana")]
    await store({code.repository: [repository()], people.source_team: TEAMS, people.source_team_repository: grants})
    await store({people.identity: [account("ana"), account("bo")]})
    await store({people.source_team_member: [{"team_id": team, "identity_id": f"github:user:{login}"} for team, login in members]})


async def test_without_a_file_teams_come_from_github_and_services_from_repositories(store: Store, derive: Derive, read: Read) -> None:
    """The most specific team that may write owns the repository; who is in a team and its parent belongs first to the inner one."""
    await github_company(store)
    await derive()
    assert await read("select key, parent_team_id, source from team order by key") == [
        {"key": "engineering", "parent_team_id": None, "source": "github"},
        {"key": "payments", "parent_team_id": "team:engineering", "source": "github"},
    ]
    assert await read("select key, owner_team_id from service") == [{"key": "web", "owner_team_id": "team:payments"}]
    found = await read("select team_id, person_id, is_primary from team_member order by person_id, team_id")
    assert [tuple(row.values()) for row in found] == [
        ("team:engineering", "person:github:user:ana", False),
        ("team:payments", "person:github:user:ana", True),
        ("team:engineering", "person:github:user:bo", True),
    ]


async def test_a_move_seen_at_github_is_noted_and_rewrites_nothing(
    store: Store, derive: Derive, read: Read, today: Settings, db: Database
) -> None:
    """GitHub knows the present only: the old membership ends and the new one begins when the move is seen."""
    await github_company(store)
    await derive()
    async with db.begin() as connection:
        await connection.exec_driver_sql("update source_team_member set team_id = 'github:team:2' where identity_id = 'github:user:bo'")
    later = today.pulse_now + timedelta(days=10)
    await derive(today.model_copy(update={"pulse_now": later}))
    found = await read(
        "select team_id, valid_from, valid_to from team_member where person_id = 'person:github:user:bo' order by valid_from"
    )
    assert [tuple(row.values()) for row in found] == [
        ("team:engineering", datetime(1970, 1, 1, tzinfo=UTC), later),
        ("team:payments", later, None),
    ]


async def test_a_file_names_teams_and_services_and_leaves_the_rest_by_default(
    store: Store, derive: Derive, read: Read, today: Settings
) -> None:
    """Repositories that no service names keep a service of their own, so that nothing they deploy is lost; forks get none."""
    repositories = [repository(), repository("docs", "github:repo:2"), repository("copy", "github:repo:3", fork=True)]
    await store({code.repository: repositories})
    config = {"teams": [{"key": "shop"}], "services": [{"key": "storefront", "team": "shop", "repositories": [{"name": "ACME/web"}]}]}
    await derive(today.with_config(PulseConfig.model_validate(config)))
    assert await read("select key, owner_team_id, source from service order by key") == [
        {"key": "docs", "owner_team_id": None, "source": "repository"},
        {"key": "storefront", "owner_team_id": "team:shop", "source": "yaml"},
    ]
    await derive()
    assert [row["key"] for row in await read("select key from service order by key")] == ["docs", "web"]
    assert await read("select * from team") == []


async def test_equal_names_of_repositories_give_services_apart(store: Store, derive: Derive, read: Read) -> None:
    """Two organisations may have a repository of the same name."""
    await store({code.repository: [repository(), repository("web", "github:repo:2", full_name="other/web")]})
    await derive()
    assert [row["key"] for row in await read("select key from service order by key")] == ["acme/web", "other/web"]


async def test_persons_merge_by_proof_alone(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """Mapping, verified e-mail and GitHub's no-reply address merge; a name suggests; a bot never merges with a person."""
    accounts = [
        account("u1", "jira", display_name="Ana Lima", verified_email="Ana.Lima@acme.example"),
        account("ana", verified_email="ana.lima+gh@acme.example"), account("7+Ana@users.noreply.github.com", "git", login=None),
        account("ana.lima@acme.example", "git", login=None),
        account("u2", "jira", display_name="Bo Wu"), account("bwu", display_name="bo-wu"), account("u3", "jira"), account("cray"),
        account("ci[bot]", verified_email="ana.lima@acme.example"),
    ]  # fmt: skip
    await store({people.identity: accounts})
    config = {"people": [{"person": "cy@acme.example", "name": "Cy Ray", "github": "cray", "jira": "u3"}]}
    await derive(today.with_config(PulseConfig.model_validate(config)))
    groups: dict[str, list[str]] = {}
    for row in await read("select id, person_id from identity order by id"):
        groups.setdefault(row["person_id"], []).append(row["id"].split(":")[-1])
    assert sorted(groups.values()) == [
        ["7+Ana@users.noreply.github.com", "ana", "u1"],
        ["ana.lima@acme.example"],
        ["bwu"],
        ["ci[bot]"],
        ["cray", "u3"],
        ["u2"],
    ]
    assert await read("select identity_a, identity_b from identity_suggestion") == [
        {"identity_a": "github:user:bwu", "identity_b": "jira:user:u2"}
    ]
    assert await read("select id, display_name from person where id like '%cy%'") == [
        {"id": "person:cy@acme.example", "display_name": "Cy Ray"}
    ]


async def test_a_merge_is_reversible(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """Taking the mapping out of pulse.yaml parts the accounts again."""
    await store({people.identity: [account("ana"), account("bo")]})
    await derive(today.with_config(PulseConfig.model_validate({"people": [{"person": "ana@acme.example", "github": ["ana", "bo"]}]})))
    assert len(await read("select distinct person_id from identity")) == 1
    await derive()
    assert await read("select id, person_id, match_rule from identity order by id") == [
        {"id": f"github:user:{login}", "person_id": f"person:github:user:{login}", "match_rule": None} for login in ("ana", "bo")
    ]
