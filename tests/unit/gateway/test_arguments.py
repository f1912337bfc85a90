"""Global options of `pulse`, wherever they stand."""

import pytest

from gateway.cli.arguments import hoist


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        (["ask", "how many?", "--json"], ["--json", "ask", "how many?"]),
        (["sync", "github", "--config", "a.yaml", "--full"], ["--config", "a.yaml", "sync", "github", "--full"]),
        (["--config=a.yaml", "metric", "list", "--quiet"], ["--config=a.yaml", "--quiet", "metric", "list"]),
        (["ask", "--", "--json"], ["ask", "--", "--json"]),
        (["ask", "--config"], ["--config", "ask"]),
    ],
)
def test_global_options_may_stand_anywhere_before_the_double_dash(given: list[str], ordered: list[str]) -> None:
    """`pulse ask "…" --json` means `pulse --json ask "…"`; after `--` words are words."""
    assert hoist(given) == ordered
