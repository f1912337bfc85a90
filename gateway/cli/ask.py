"""`pulse ask`: a question in words, the answer as Markdown or JSON, charts as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import invocation

if TYPE_CHECKING:
    from collections.abc import Mapping


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="In plain words.")],
    conversation: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    charts: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for the charts: PNG, SVG and Vega-Lite JSON.")] = None,
) -> None:
    """Answer a question from the synced data."""
    call = invocation.of(context)
    call.run(_answer(call, question, conversation, charts))


async def _answer(call: invocation.Invocation, question: str, conversation: str | None, folder: Path | None) -> None:
    from gateway.opening import open_front

    async with open_front(call.settings) as front:
        document: Mapping[str, Any] = {}
        async for event in front.backend.ask(question, conversation):
            if event.type == "tool_call" and call.verbose:
                call.say(f"asking {event.data.get('tool')}")
            if event.type == "done":
                document = event.data
    files = await _write_charts(document, folder) if folder else []
    call.emit(document, _markdown(document, files))


async def _write_charts(document: "Mapping[str, Any]", folder: Path) -> list[Path]:
    from gateway.chart_files import write_charts

    return await write_charts(document.get("charts", []), folder)


def _markdown(document: "Mapping[str, Any]", files: list[Path]) -> str:
    from chat_ui.render import words

    parts = [words(document)]
    if choices := document.get("choices"):
        parts.append("\n".join(f"- {choice}" for choice in choices))
    parts += [f"![{path.stem}]({path})" for path in files if path.suffix == ".png"]
    return "\n\n".join(part for part in parts if part)
