"""`pulse mapping`: proposals which accounts are one person and who is in which team."""

from typing import Annotated, Any

import typer

from gateway.cli import invocation

app = typer.Typer(
    help="Proposed mappings of accounts and teams: accepted by a person, undoable.", rich_markup_mode=None, no_args_is_help=True
)
BY = "command line"
Number = Annotated[list[str] | None, typer.Argument(metavar="PROPOSAL", help="Ids as in `pulse mapping list`, or its numbers.")]


@app.command(name="list")
def list_all(context: typer.Context) -> None:
    """What the data suggests and nobody has decided, the surest first, with the evidence."""
    from gateway import mappings

    call = invocation.of(context)
    found = call.run(mappings.listed(call.settings))
    lines = [f"{number:>4}  {one['score']:.2f}  {one['says']}: {'; '.join(one['evidence'])}" for number, one in enumerate(found, 1)]
    call.emit(found, "\n".join(lines) or "Nothing is proposed.")


@app.command()
def accept(
    context: typer.Context,
    proposal: Number = None,
    surer: Annotated[float | None, typer.Option("--surer-than", help="Accept all with at least this score, such as 0.9.")] = None,
) -> None:
    """Accept proposals; the figures are refreshed at once."""
    from etl import mappings as rules

    call = invocation.of(context)
    if surer is not None:
        _decided(call, lambda connection: rules.decide_surer(connection, surer, BY))
        return
    _decide(call, proposal, "accepted")


@app.command()
def reject(context: typer.Context, proposal: Number = None) -> None:
    """Reject proposals; they are not made again."""
    _decide(invocation.of(context), proposal, "rejected")


@app.command()
def undo(context: typer.Context, decision: Annotated[str, typer.Argument(help="The decision, as in `pulse mapping log`.")]) -> None:
    """Take a decision back; what it decided is proposed again."""
    from etl import mappings as rules

    _decided(invocation.of(context), lambda connection: rules.undo(connection, decision, BY))


@app.command()
def log(context: typer.Context) -> None:
    """Who decided what and when, the newest first."""
    from gateway import mappings

    call = invocation.of(context)
    found = call.run(mappings.log(call.settings))
    call.emit(found, "\n".join(_line(one) for one in found) or "Nothing was decided yet.")


def _decide(call: invocation.Invocation, named: list[str] | None, decision: Any) -> None:
    from etl import mappings as rules

    if not named:
        raise typer.BadParameter("Name at least one proposal; `pulse mapping list` shows them.")

    async def all_of_them(connection: Any) -> list[Any]:
        listed = await rules.proposals(connection)
        ids = [listed[int(one) - 1].id if one.isdecimal() and 0 < int(one) <= len(listed) else one for one in named]
        return [await rules.decide(connection, one, decision, BY) for one in ids]

    _decided(call, all_of_them)


def _decided(call: invocation.Invocation, work: Any) -> None:
    from gateway import mappings

    done = call.run(mappings.decide_now(call.settings, work))
    found = done if isinstance(done, list) else [done]
    call.emit(done, "\n".join(_line(one) for one in found) or "No proposal is that sure.")


def _line(one: dict[str, Any]) -> str:
    undone = f", undone by {one['undone_by']}" if one.get("undone_at") else ""
    return f"{one['id']}  {one['decided_at']:%Y-%m-%d %H:%M}  {one['decision']} by {one['decided_by']}{undone}: {one['evidence']['says']}"
