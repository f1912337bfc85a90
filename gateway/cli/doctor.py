"""`pulse doctor`: one line for each thing Pulse depends on."""

import typer

from gateway.cli import invocation

MARKS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED ", "not_configured": "-      "}


def doctor(context: typer.Context) -> None:
    """Test database, Redis, Jira, GitHub, model, disk, clock and configuration; exit code 1 when something is broken."""
    from gateway.doctor import examine

    call = invocation.of(context)
    found = call.run(examine(call.settings))
    lines = [f"{MARKS[item.state]}  {item.name:<15} {item.message}" + (f" {item.remedy}" if item.remedy else "") for item in found]
    call.emit([item.as_dict() for item in found], "\n".join(lines))
    raise typer.Exit(1 if any(item.state == "failed" for item in found) else 0)
