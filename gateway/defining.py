"""Definitions under review: what a proposed `pulse.yaml`, or another rule, would move, and taking it over."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from etl.demo.config import demo_config
from gateway.upstream import connected
from servers.metrics.definition_diff import definition_diff
from servers.units import delta_said, said
from store.clock import now
from store.config import PulseConfig, read_config
from store.database import open_database
from store.errors import ConfigurationError
from store.settings import Settings

MOST_LINES = 40


async def diff(settings: Settings, file: Path | None, rules: Mapping[str, str], metrics: Sequence[str]) -> dict[str, Any]:
    """What would move, as a document; nothing is kept.

    Raises:
        PulseError: the file is no pulse.yaml, or a metric or rule is unknown.
    """
    demo = await of_the_demo(settings)
    current = settings.with_config(demo_config(now(settings).date())) if demo else settings
    given = None if file is None else read_config(file)
    config = over(current.pulse, given) if demo and given is not None else given
    async with open_database(settings, role="etl") as db:
        proposed = None if config is None else settings.with_config(config)
        return await definition_diff(db, current, proposed=proposed, rules=rules, metrics=metrics)


async def of_the_demo(settings: Settings) -> bool:
    """Whether the definitions in force are those that the demo company brings along."""
    return settings.pulse == PulseConfig() and not await connected(settings)


def over(config: PulseConfig, given: PulseConfig) -> PulseConfig:
    """The demo's configuration with what a file says instead."""
    return PulseConfig.model_validate(_merged(*(one.model_dump(mode="json", by_alias=True, exclude_unset=True) for one in (config, given))))


def _merged(base: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    inside = {
        name: _merged(base[name], value) for name, value in more.items() if isinstance(value, dict) and isinstance(base.get(name), dict)
    }
    return {**base, **more, **inside}


async def accept(settings: Settings, file: Path) -> Path:
    """Put a proposed file in the place of the `pulse.yaml` in use; the one before stays beside it with the ending `.before`.

    Accepting the one before again takes the change back.

    Raises:
        ConfigurationError: there is nothing but the demo company, which brings its own.
    """
    if await of_the_demo(settings):
        raise ConfigurationError("The demo company brings its own definitions; connect GitHub or Jira before a pulse.yaml is taken over.")
    return _take_over(file, settings.pulse_config or settings.pulse_home / "pulse.yaml")


def _take_over(file: Path, place: Path) -> Path:
    if place.is_file() and place.samefile(file):
        return place
    proposed = file.read_bytes()  # before anything is written: the file may be the one that was kept
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_file():
        _write(place.with_name(f"{place.name}.before"), place.read_bytes())
    _write(place, proposed)
    return place


def _write(place: Path, content: bytes) -> None:
    """All of it or nothing: who reads meanwhile finds the old file or the new one."""
    fresh = place.with_name(f".{place.name}.new")
    fresh.write_bytes(content)
    fresh.replace(place)


def text_of(document: Mapping[str, Any]) -> str:
    """The largest moves, a line per metric and team."""
    if not document["metrics"]:
        return "Nothing moves: every team's last twelve months stay as they are."
    lines = [f"{metric['title']}: {_line(team, metric['unit'])}" for metric in document["metrics"] for team in metric["teams"]]
    more = f"\n… and {len(lines) - MOST_LINES} more; --json has all of them" if len(lines) > MOST_LINES else ""
    return "\n".join([*lines[:MOST_LINES], f"{len(document['unmoved'])} metrics do not move."]) + more


def _line(team: Mapping[str, Any], unit: str) -> str:
    values = [said(team[name], unit) if isinstance(team[name], float | int) else "–" for name in ("before", "after")]
    delta = f" ({delta_said(team['delta'], unit)})" if team["delta"] else ""
    return f"{team['team']} {values[0]} → {values[1]}{delta}, {team['months_moved']} of {len(team['months'])} months move"
