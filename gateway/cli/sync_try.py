"""`pulse sync test`: a job tried by hand, without storing anything."""

from typing import Annotated, Any

import typer

from gateway.cli import invocation
from gateway.cli.sync_logs import Source


def try_job(
    context: typer.Context,
    source: Annotated[Source | None, typer.Argument(help="Which source; asked for without it.")] = None,
    entity: Annotated[str | None, typer.Option(help="Such as pull_requests; asked for without it.")] = None,
    scope: Annotated[str | None, typer.Option(help="Repository or project; the first stored one without it.")] = None,
    connection: Annotated[bool, typer.Option("--test-connection", help="Only whether it answers and accepts the credentials.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Every request on stderr, and the first row of each table.")] = False,
) -> None:
    """Try a job: read one page of one entity and show what would be stored; nothing is. Asks for what is not given."""
    from gateway import tryout

    call = invocation.of(context)
    if debug:
        call.verbose = True
    chosen: Any = source.value if source else _asked("Source", ["github", "jira"], call)
    if connection:
        found = call.run(tryout.connection(call.settings, chosen))
        call.emit(found, "\n".join(f"{one['state']}: {one['message']} {one['remedy'] or ''}".rstrip() for one in found))
        raise typer.Exit(0 if all(one["state"] != "failed" for one in found) else 1)
    name = entity or _asked("Entity", tryout.entities(chosen), call)
    done = call.run(tryout.entity(call.settings, chosen, name, scope))
    call.emit(done if debug else {key: value for key, value in done.items() if key != "first"}, _said(done, debug=debug))


def _asked(what: str, choices: list[str], call: invocation.Invocation) -> str:
    """Let the person choose by number or name."""
    for number, one in enumerate(choices, 1):
        call.say(f"{number:>3}  {one}")
    answer = str(typer.prompt(what, default="1", err=True))
    return choices[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(choices) else answer


def _said(done: dict[str, Any], *, debug: bool) -> str:
    lines = [f"{done['entity']} of {done['scope']}: {done['records']:,} records on the first page{', more follow' if done['more'] else ''}"]
    lines += [f"  {table:<28}{count:>6,} rows" for table, count in done["rows"].items()]
    lines += [f"  set aside: record {one['index']}: {one['reason']}" for one in done["set_aside"]]
    if debug:
        lines += [f"  first of {table}: {row}" for table, row in done["first"].items()]
    return "\n".join([*lines, "Nothing was stored."])
