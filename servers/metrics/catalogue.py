"""Every metric that Pulse knows, found by looking into the family folders."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from servers.metrics.metric import Metric
from store.errors import InvalidQuestion

FAMILIES = ("dora", "review", "flow", "sprint", "portfolio", "signals")


class UnknownMetric(InvalidQuestion):
    """No metric has this name; the message lists those that do."""


def _declared() -> Iterator[Metric]:
    package = import_module("servers.metrics")
    present = {module.name for module in iter_modules(package.__path__) if module.ispkg}
    for family in FAMILIES:
        if family in present:
            folder = import_module(f"servers.metrics.{family}")
            for found in iter_modules(folder.__path__):
                module = import_module(f"{folder.__name__}.{found.name}")
                yield from (value for value in vars(module).values() if isinstance(value, Metric))


CATALOGUE: Mapping[str, Metric] = MappingProxyType({metric.id: metric for metric in _declared()})


def metric_named(name: str) -> Metric:
    """The metric with this id.

    Raises:
        UnknownMetric: there is none.
    """
    if name not in CATALOGUE:
        raise UnknownMetric(f"There is no metric {name!r}; the metrics are {', '.join(sorted(CATALOGUE))}.")
    return CATALOGUE[name]
