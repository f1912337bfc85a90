"""Which connectors and entities there are: everything declared in `etl/<source>/*.py`."""

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from etl.entity import SOURCES, Connector, Entity, Source
from store.errors import InvalidQuestion


@cache
def connector(source: Source) -> Connector[Any]:
    """The declaration in `etl/<source>/connector.py`."""
    found: Connector[Any] = importlib.import_module(f"etl.{source}.connector").CONNECTOR
    return found


@cache
def entities(source: Source) -> tuple[Entity[Any], ...]:
    """Every entity of a source, each after those it needs."""
    package = importlib.import_module(f"etl.{source}")
    found: dict[str, Entity[Any]] = {}
    for module in pkgutil.iter_modules(package.__path__, f"etl.{source}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Entity):
                found[value.name] = value
    return tuple(entity for level in levels(found.values()) for entity in level)


@dataclass(frozen=True)
class Declared:
    """A source: its connector and its entities."""

    connector: Connector[Any]
    entities: Sequence[Entity[Any]]


def declared(source: Source) -> Declared:
    """What is declared for a source."""
    return Declared(connector(source), entities(source))


def entity_named(name: str) -> Entity[Any]:
    """The entity called `github.pull_requests`.

    Raises:
        InvalidQuestion: there is none; the message lists those there are.
    """
    source = name.partition(".")[0]
    own = entities(source) if source in SOURCES else ()
    return _found(name, own or [entity for source in SOURCES for entity in entities(source)])


def entity_of(source: Declared, name: str) -> Entity[Any]:
    """The entity of a source called `github.pull_requests`, or `pull_requests` for short.

    Raises:
        InvalidQuestion: there is none; the message lists those there are.
    """
    whole = name if "." in name else f"{source.connector.source}.{name}"
    return _found(whole, source.entities)


def _found(name: str, among: Sequence[Entity[Any]]) -> Entity[Any]:
    for entity in among:
        if entity.name == name:
            return entity
    raise InvalidQuestion(f"{name} is not an entity; take one of {', '.join(sorted(entity.name for entity in among))}.")


def levels(found: Iterable[Entity[Any]]) -> list[Sequence[Entity[Any]]]:
    """Entities in rounds: those of one round need only what earlier rounds read."""
    waiting = sorted(found, key=lambda entity: entity.name)
    names = {entity.name for entity in waiting}
    done: set[str] = set()
    rounds: list[Sequence[Entity[Any]]] = []
    while waiting:
        ready = [entity for entity in waiting if all(name in done or name not in names for name in entity.after)]
        if not ready:
            raise ValueError(f"these entities wait for each other: {[entity.name for entity in waiting]}")
        rounds.append(ready)
        done |= {entity.name for entity in ready}
        waiting = [entity for entity in waiting if entity not in ready]
    return rounds
