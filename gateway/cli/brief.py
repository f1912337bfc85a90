"""`pulse brief`: what changed beyond noise, as the scheduler sends it."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from gateway.cli import invocation


def brief(
    context: typer.Context,
    period: Annotated[Literal["week", "month", "quarter"], typer.Option(help="The last complete one.")] = "week",
    audience: Annotated[str, typer.Option(help="exec, engineering or team:KEY.")] = "exec",
    form: Annotated[Literal["md", "html", "pdf", "slack"], typer.Option("--format")] = "md",
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="File to write.")] = None,
    send: Annotated[bool, typer.Option("--send", help="To Slack or by mail, if something stands out.")] = False,
) -> None:
    """Test every team and metric, and say what stands out; silence is an answer, and it says what was checked."""
    call = invocation.of(context)
    if form == "pdf" and out is None and not call.json:
        raise typer.BadParameter("A PDF needs --out FILE.")
    document, shown = call.run(_made(call, audience, period, form, send=send))
    if out is not None:
        out.write_bytes(shown if isinstance(shown, bytes) else shown.encode())
        call.say(f"Written to {out}.")
    if document.get("sent"):
        call.say(str(document["sent"]["reason"]))
    text = "" if out is not None or isinstance(shown, bytes) else shown
    call.emit(document, text)


async def _made(call: invocation.Invocation, audience: str, length: Any, form: str, *, send: bool) -> tuple[dict[str, Any], str | bytes]:
    import json

    from agents.briefings.briefing import Asked
    from gateway import briefings
    from gateway.opening import open_front

    async with open_front(call.settings) as front:
        document = await briefings.make(front, Asked(audience, length))
        if send:
            document["sent"] = (await briefings.send(call.settings, front.db, document)).as_dict()
    shown = briefings.formed(document, form)
    return document, shown if isinstance(shown, str | bytes) else json.dumps(shown, ensure_ascii=False, indent=2)
