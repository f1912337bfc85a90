"""Every question and every answer of the stand-in against GitHub's own descriptions."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from graphql import GraphQLEnumType, GraphQLSchema, GraphQLUnionType, build_schema, parse, validate
from jsonschema import Draft4Validator
from starlette.types import Message, Receive, Scope, Send

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.demo.github.graph import SCHEMA_FILE
from etl.entity import Position
from etl.entity import Scope as EntityScope
from etl.github import issues, pull_requests, teams
from etl.github.client import GitHub
from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(300)
Exchange = tuple[str, str, bytes, int, bytes]


class Recorder:
    """Passes requests on and remembers them with their answers."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app
        self.heard: list[Exchange] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve and listen."""
        asked, said, status = bytearray(), bytearray(), 0

        async def hear() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def say(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            said.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, hear, say)
        self.heard.append((scope["method"], scope["path"], bytes(asked), status, bytes(said)))


@pytest.fixture(scope="module")
def schema(descriptions: Callable[[str], Path]) -> GraphQLSchema:
    """GitHub's GraphQL schema. Its file defines two fields twice, and it deprecates what its interfaces do not, so the file itself is not validated."""
    text = descriptions("@octokit/graphql-schema/schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True)


@pytest.fixture(scope="module")
def openapi(descriptions: Callable[[str], Path]) -> Any:
    """GitHub's description of its REST interface."""
    return json.loads(descriptions("@octokit/openapi/generated/api.github.com.json").read_text(encoding="utf-8"))


def test_the_stand_ins_schema_is_a_part_of_githubs(schema: GraphQLSchema) -> None:
    """Every type, field, argument, value and member is there, with the same type."""
    ours = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
    wrong = [
        problem
        for name, kind in ours.type_map.items()
        if not name.startswith("__")
        for problem in _differences(kind, schema.type_map.get(name))
    ]
    assert wrong == []


def _differences(ours: Any, theirs: Any) -> list[str]:
    if theirs is None or type(ours) is not type(theirs):
        return [f"{ours.name} is not a type of GitHub's, or of another kind"]
    found = []
    for name, field in getattr(ours, "fields", {}).items():
        other = theirs.fields.get(name)
        if other is None or str(field.type) != str(other.type):
            found.append(f"{ours.name}.{name}: {field.type} is {other and other.type} at GitHub")
            continue
        arguments = getattr(field, "args", {})
        found += [
            f"{ours.name}.{name}({key})"
            for key, one in arguments.items()
            if key not in other.args or str(other.args[key].type) != str(one.type)
        ]
    if isinstance(ours, GraphQLEnumType):
        found += [f"{ours.name}: {value}" for value in set(ours.values) - set(theirs.values)]
    if isinstance(ours, GraphQLUnionType):
        found += [f"{ours.name}: {kind.name}" for kind in ours.types if kind.name not in {other.name for other in theirs.types}]
    missing = {kind.name for kind in getattr(ours, "interfaces", ())} - {kind.name for kind in getattr(theirs, "interfaces", ())}
    return found + [f"{ours.name} implements {name}" for name in missing]


async def test_every_graphql_question_of_a_sync_is_valid_at_github(
    schema: GraphQLSchema, db: Database, small_company: Company, serve: Callable[..., Any], pointed: Callable[[str], Settings]
) -> None:
    """The questions as they were sent, validated against GitHub's schema; their variables fit their declarations."""
    recorder = Recorder(make_app(small_company))
    async with serve(recorder) as url:
        result = await sync(pointed(url), db, sources=["github"])
        await sync(pointed(url), db, sources=["github"], since=small_company.now - timedelta(days=30))
        await _rare_questions(pointed(url))
    asked = {json.loads(body)["query"] for _, path, body, _, _ in recorder.heard if path == "/graphql"}
    kinds = {query.split("(")[0].split()[1] for query in asked}
    assert result.status == "ok"
    assert len(kinds) >= 14, kinds
    problems = {query[:60]: [error.message for error in errors] for query in asked if (errors := validate(schema, parse(query)))}
    assert problems == {}


async def _rare_questions(settings: Settings) -> None:
    """Those that only long lists need."""
    client = GitHub(settings)
    async with client.http:
        await client.accounts.of(None).signed_in()
        page = await anext(pull_requests.pages(client, _scope("acme-shop/docs"), Position()))
        record = dict(page.records[0])
        record["timelineItems"] = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
        record["files"] = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
        await pull_requests.complete(client, "acme-shop", [record])
        bare = {"id": record["id"], "headRefOid": record["headRefOid"], "timelineItems": {"nodes": []}}
        await pull_requests.complete(client, "acme-shop", [bare])
        for module in (pull_requests, issues):
            await anext(module.keys(client, _scope("acme-shop/docs")))
        team = (await anext(teams.pages(client, _scope("github"), Position()))).records[0]
        for field in ("members", "repositories"):
            team[field]["pageInfo"]["hasNextPage"] = True
        await teams.complete(client, team)
        assert len(bare["commits"]["nodes"]) >= 1


def _scope(name: str) -> Any:
    return EntityScope("repository", "github:repo:1", name)


async def test_rest_answers_of_the_stand_in_fit_githubs_description(
    openapi: Any, company: Company, small_company: Company, serve: Callable[..., Any], pointed: Callable[[str], Settings]
) -> None:
    """Each route answers with members of the types that GitHub describes. Members that Pulse does not read may be missing."""
    pull = next(one for one in small_company.pulls["docs"] if one.reviews and one.merged_at)
    deployment = small_company.deployments["data-pipeline"][0].id
    repo = "/repos/acme-shop/docs"
    paths = [
        *(
            "/rate_limit",
            "/user",
            "/orgs/acme-shop",
            "/orgs/acme-shop/repos?per_page=5",
            "/orgs/acme-shop/teams",
            "/orgs/acme-shop/teams/data/members",
            repo,
        ),
        *(
            f"{repo}/pulls?state=all&per_page=5",
            f"{repo}/pulls/{pull.number}",
            f"{repo}/pulls/{pull.number}/reviews",
            f"{repo}/pulls/{pull.number}/commits",
        ),
        *(
            f"{repo}/pulls/{pull.number}/files",
            f"{repo}/actions/runs?per_page=5",
            f"{repo}/issues?state=all&per_page=5",
            f"{repo}/commits?per_page=5",
        ),
        *("/repos/acme-shop/data-pipeline/deployments?per_page=5", f"/repos/acme-shop/data-pipeline/deployments/{deployment}/statuses"),
        f"{repo}/compare/{small_company.branches['docs']['main'][0]}...{small_company.branches['docs']['main'][3]}",
    ]
    wrong: dict[str, list[str]] = {}
    releasing = next(name for name, found in company.releases.items() if found)
    paths.append(f"/repos/acme-shop/{releasing}/releases?per_page=5")
    async with serve(make_app(company)) as url:
        client = GitHub(pointed(url))
        async with client.http:
            for path in paths:
                document = (await client.get(path)).json()
                assert document, path
                if problems := _problems(openapi, path, document):
                    wrong[path] = problems
    assert wrong == {}


def _problems(openapi: Any, path: str, document: Any) -> list[str]:
    template = _template(openapi, urlsplit(path).path)
    described = openapi["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft4Validator({**described, "components": openapi["components"]})
    return sorted({_said(error) for error in validator.iter_errors(_nulls_dropped(document)) if not _is_omission(error)})[:5]


def _template(openapi: Any, path: str) -> str:
    """The described path that a path is one of; the one with the fewest parameters."""
    wanted = path.strip("/").split("/")
    fitting = [template for template in openapi["paths"] if _fits(template.strip("/").split("/"), wanted)]
    return str(min(fitting, key=lambda template: template.count("{")))


def _fits(template: list[str], path: list[str]) -> bool:
    return len(template) == len(path) and all(one == other or one.startswith("{") for one, other in zip(template, path, strict=True))


def _nulls_dropped(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has no word for it."""
    if isinstance(value, dict):
        return {name: _nulls_dropped(item) for name, item in value.items() if item is not None}
    return [_nulls_dropped(item) for item in value] if isinstance(value, list) else value


def _is_omission(error: Any) -> bool:
    """Whether something is merely missing: a required member, or every alternative of a choice for that reason alone."""
    if error.validator == "required":
        return True
    return error.validator in ("anyOf", "oneOf") and any(
        _only_omissions(error.context, index) for index in range(len(error.validator_value))
    )


def _only_omissions(context: Any, index: int) -> bool:
    return all(_is_omission(error) for error in context if error.schema_path[0] == index)


def _said(error: Any) -> str:
    return f"{'/'.join(str(part) for part in error.absolute_path if not isinstance(part, int))}: {error.message[:160]}"
