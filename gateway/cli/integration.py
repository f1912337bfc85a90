"""`pulse integration`: further sites, organisations and tokens, stored encrypted."""

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import invocation

if TYPE_CHECKING:
    from pydantic import SecretStr

app = typer.Typer(
    help="Further sites, organisations and tokens; secrets are stored encrypted.", rich_markup_mode=None, no_args_is_help=True
)


class Source(StrEnum):
    """What is connected."""

    GITHUB = "github"
    JIRA = "jira"


@app.command()
def add(
    context: typer.Context,
    source: Annotated[Source, typer.Argument(help="What to connect.")],
    url: Annotated[str | None, typer.Option(help="Jira: the site. GitHub Enterprise Server: https://HOST/api/v3.")] = None,
    org: Annotated[list[str] | None, typer.Option(help="GitHub organisation; repeatable.")] = None,
    app_id: Annotated[str | None, typer.Option(help="GitHub App instead of a token: its id; the secret is its private key (PEM).")] = None,
    email: Annotated[
        str | None, typer.Option(help="Jira Cloud: account of the API token. Without it the secret is a Data Center PAT.")
    ] = None,
    project: Annotated[list[str] | None, typer.Option(help="Only this Jira project; repeatable.")] = None,
    secret_env: Annotated[str | None, typer.Option(metavar="NAME", help="Take the secret from this environment variable.")] = None,
) -> None:
    """Connect a further GitHub or Jira. The secret is asked for, or read from stdin; it is never shown again."""
    from etl.integrations import NewConnection
    from gateway import integrations

    call = invocation.of(context)
    new = NewConnection(
        source.value,
        _secret(secret_env),
        base_url=url,
        organisations=tuple(org or ()),
        app_id=app_id,
        email=email,
        projects=tuple(project or ()),
    )
    made = call.run(integrations.add(call.settings, new))
    call.emit(made, f"{_line(made)}\nNow try it: pulse integration test {made['id']}")


def _secret(variable: str | None) -> "SecretStr":
    from pydantic import SecretStr

    if variable is not None:
        value = os.environ.get(variable)
        if not value:
            raise typer.BadParameter(f"{variable} is not set.", param_hint="--secret-env")
        return SecretStr(value)
    if sys.stdin.isatty():
        return SecretStr(typer.prompt("Secret", hide_input=True, err=True))
    return SecretStr(sys.stdin.read().strip())


@app.command(name="list")
def list_all(context: typer.Context) -> None:
    """What is connected beside the settings; of each secret only its end and its fingerprint."""
    from gateway import integrations

    call = invocation.of(context)
    found = call.run(integrations.listed(call.settings))
    call.emit(found, "\n".join(_line(one) for one in found) or "Nothing is connected beside the settings; `pulse integration add` does it.")


def _line(one: dict[str, Any]) -> str:
    what = ", ".join(one["options"].get("organisations") or one["options"].get("projects") or ["everything it may see"])
    ends = f"…{one['secret_ends']} " if one["secret_ends"] else ""
    return f"{one['id']}  {one['base_url']}  {what}  secret {ends}({one['fingerprint']})"


@app.command()
def test(
    context: typer.Context, connection: Annotated[str, typer.Argument(help="The connection, as in `pulse integration list`.")]
) -> None:
    """Whether a connection answers and accepts its credentials; exit 1 when it does not."""
    from gateway import integrations

    call = invocation.of(context)
    tested = call.run(integrations.test(call.settings, connection))
    call.emit(tested, tested["message"])
    raise typer.Exit(0 if tested["ok"] else 1)


@app.command()
def remove(
    context: typer.Context, connection: Annotated[str, typer.Argument(help="The connection, as in `pulse integration list`.")]
) -> None:
    """Forget a connection and its secret; what it brought stays."""
    from gateway import integrations

    call = invocation.of(context)
    call.run(integrations.remove(call.settings, connection))
    call.emit({"removed": connection}, f"{connection} is forgotten; what it brought stays.")


@app.command()
def rotate(context: typer.Context) -> None:
    """Encrypt every stored secret with the first key of PULSE_SECRET_KEYS; may be broken off and repeated."""
    from gateway import integrations

    call = invocation.of(context)
    changed = call.run(integrations.rotate(call.settings))
    call.emit({"rotated": changed}, f"{changed} secrets were encrypted anew.")
