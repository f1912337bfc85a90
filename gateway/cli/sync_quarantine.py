"""`pulse sync quarantine`: records that could not be understood, and trying them again."""

from typing import Annotated, Any

import typer

from gateway.cli import invocation


def quarantine(
    context: typer.Context,
    show: Annotated[int | None, typer.Option(metavar="ID", help="One record with its payload as it came.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try all again: after a mapping was mended.")] = False,
    resolved: Annotated[bool, typer.Option("--resolved", help="Also those that were understood later.")] = False,
) -> None:
    """Records that were set aside because they could not be understood, with the reason."""
    from gateway import quarantined

    call = invocation.of(context)
    if retry:
        done = call.run(quarantined.retry(call.settings))
        lines = [f"{row['entity']:<28}{row['stored']:>6,} stored {row['still_aside']:>6,} still aside" for row in done]
        call.emit(done, "\n".join(lines) or "Nothing is set aside.")
    elif show is not None:
        call.emit(call.run(quarantined.one(call.settings, show)))
    else:
        rows = call.run(quarantined.listed(call.settings, resolved=resolved))
        call.emit(rows, "\n".join(_line(row) for row in rows) or "Nothing is set aside.")


def _line(row: dict[str, Any]) -> str:
    mark = f"  (understood {row['resolved_at']})" if row["resolved_at"] else ""
    return f"{row['id']:>6}  {row['at']}  {row['entity']:<26}{row['record'] or '-':<16}{row['reason']}{mark}"
