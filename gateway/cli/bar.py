"""The progress bar of a sync, on stderr."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from etl.progress import Listener, ProgressEvent


class _Rate(TextColumn):
    """Records per second of an entity."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """The rate since the entity began."""
        elapsed_s = task.finished_time or task.elapsed or 0
        rate = task.fields["fetched"] / elapsed_s if elapsed_s else 0
        return Text(f"{task.fields['fetched']:>8,} read  {rate:>7,.0f}/s")


@contextlib.contextmanager
def sync_bar(console: Console) -> Iterator["Listener"]:
    """A listener that draws a line per entity: what, how far (repositories, projects or boards done), records, rate, time left."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        _Rate(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=False) as progress:
        lines: dict[str, TaskID] = {}

        def listen(event: "ProgressEvent") -> None:
            name = event.entity or ({"deriving": "deriving facts"}.get(event.phase) if event.entity is None else None)
            if name is None:
                if event.message and event.phase == "waiting":
                    progress.console.print(f"{event.source}: {event.message}, waiting {event.wait_s or 0:.0f} s")
                return
            if name not in lines:
                lines[name] = progress.add_task(f"{name:<26}", total=None, fetched=0, note="")
            total = event.scopes or event.total
            done = event.scopes_done if event.scopes else event.fetched
            progress.update(lines[name], total=total, completed=done, fetched=event.fetched, note=event.message or "")
            if event.phase in ("done", "failed"):
                progress.update(lines[name], total=total or 1, completed=total or 1)
                progress.stop_task(lines[name])

        yield listen


@contextlib.contextmanager
def runs_table(console: Console) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """Shows runs live: on a terminal one table that stays in place, elsewhere a line whenever a run has moved."""
    if console.is_terminal:
        with Live(console=console, transient=True, auto_refresh=False) as live:
            yield lambda runs: live.update(_table(runs), refresh=True)
        return
    shown: dict[str, str] = {}

    def show(runs: list[dict[str, Any]]) -> None:
        for run in runs:
            line = f"{run['run']} {run['source']}: {run['says']}, {_read(run):,} read"
            if shown.get(run["run"]) != line and (run["status"] in ("queued", "running") or run["run"] in shown):
                shown[run["run"]] = line
                console.print(line, soft_wrap=True, markup=False)

    yield show


def _read(run: dict[str, Any]) -> int:
    return int((run["progress"] or {}).get("fetched") or 0)


def _table(runs: list[dict[str, Any]]) -> Table:
    """A line per run, and below a running one a line per entity that is being read."""
    table = Table(box=None, pad_edge=False)
    for name in ("run", "source", "state", "read", ""):
        table.add_column(name, justify="right" if name == "read" else "left", no_wrap=name != "")
    for run in runs:
        table.add_row(run["run"], run["source"], run["state"].replace("_", " "), f"{_read(run):,}", Text(run["says"]))
        if run["status"] == "running":
            for entity, counts in ((run["progress"] or {}).get("entities") or {}).items():
                done = f"{counts.get('scopes_done') or 0}/{counts.get('scopes') or 0} done"
                table.add_row("", "", f"  {entity}", f"{counts.get('fetched') or 0:,}", done)
    return table
