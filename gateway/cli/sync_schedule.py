"""`pulse sync schedule|pause|resume`: when each source is read."""

from typing import Annotated, Any

import typer

from gateway.cli import invocation
from gateway.cli.arguments import Sources


def schedule(
    context: typer.Context,
    source: Annotated[Sources, typer.Argument(help="Which source to change.")] = Sources.ALL,
    cron: Annotated[str | None, typer.Option(help="Five fields, such as `*/30 * * * *`, in the organisation's time zone.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Back to `schedules.sync` of pulse.yaml.")] = False,
) -> None:
    """When each source is read next, and why then; with --cron sets it."""
    from gateway import job_control

    call = invocation.of(context)
    if cron is not None and default:
        raise typer.BadParameter("--cron sets a schedule of its own, --default ends it; leave one of them out.")
    if cron is None and not default:
        _show(call, call.run(job_control.listed(call.settings)))
        return
    _show(call, call.run(job_control.change(call.settings, _named(source), cron="" if default else cron)))


def pause(
    context: typer.Context,
    source: Annotated[Sources, typer.Argument(help="Which source.")] = Sources.ALL,
    reason: Annotated[str | None, typer.Option(help="Why, for the others.")] = None,
) -> None:
    """Hold back scheduled syncs until they are resumed; a running one goes on (`pulse sync cancel` stops it)."""
    from gateway import job_control

    call = invocation.of(context)
    _show(call, call.run(job_control.change(call.settings, _named(source), paused=True, reason=reason)))


def resume(context: typer.Context, source: Annotated[Sources, typer.Argument(help="Which source.")] = Sources.ALL) -> None:
    """Let scheduled syncs run again; the next one goes on where the last one stopped."""
    from gateway import job_control

    call = invocation.of(context)
    _show(call, call.run(job_control.change(call.settings, _named(source), paused=False)))


def _named(source: Sources) -> list[Any]:
    from etl.entity import SOURCES

    return [name for name in SOURCES if source.value in (name, "all")]


def _show(call: invocation.Invocation, rows: list[dict[str, Any]]) -> None:
    call.emit(rows, "\n".join(_line(row) for row in rows) or "No source is configured; `pulse up` reads the demo company by itself.")


def _line(row: dict[str, Any]) -> str:
    why = f" ({row['reason']})" if row["paused"] and row["reason"] else ""
    when = f"next {row['next_at']}, " if row["next_at"] else ""
    return f"{row['source']:<8}{row['cron']:<16}{when}{row['next']}{why}"
