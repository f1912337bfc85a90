"""`pulse sync health`: how far the stored data can be trusted."""

from typing import Annotated, Any

import typer

from gateway.cli import invocation

MARKS = {"ok": "ok     ", "warning": "warning", "bad": "BAD    ", "unknown": "-      "}


def health(
    context: typer.Context, every: Annotated[bool, typer.Option("--all", help="Also what is well, or cannot be told.")] = False
) -> None:
    """Lag, link rates, gaps, odd values and records set aside, worst first, each with what to do; exit code 3 when something is bad."""
    from gateway import runs

    call = invocation.of(context)
    found = call.run(runs.data_health(call.settings))
    shown = [one for one in found["findings"] if every or one["state"] in ("bad", "warning")]
    call.emit(found, "\n".join(_line(one) for one in shown) or "The data is well: fresh, linked, without gaps.")
    raise typer.Exit(3 if found["state"] == "bad" else 0)


def _line(one: dict[str, Any]) -> str:
    return f"{MARKS[one['state']]}  {one['kind']:<6} {one['says']}" + (f". {one['remedy']}" if one["remedy"] else "")
