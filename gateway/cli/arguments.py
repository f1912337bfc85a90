"""Reading of the command line that Typer does not do by itself."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from typer.core import TyperGroup

FLAGS = ("--json", "--quiet", "--verbose")
WITH_VALUE = ("--config",)


def hoist(arguments: Sequence[str]) -> list[str]:
    """`arguments` with the global options first, so that they may stand anywhere before `--`."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            return [*front, *rest, argument, *waiting]
        if argument in FLAGS or argument.startswith(tuple(f"{name}=" for name in WITH_VALUE)):
            front.append(argument)
        elif argument in WITH_VALUE:
            front.extend([argument, *[value for value in [next(waiting, None)] if value is not None]])
        else:
            rest.append(argument)
    return [*front, *rest]


class Sources(StrEnum):
    """What to read from."""

    GITHUB = "github"
    JIRA = "jira"
    ALL = "all"


class DefaultGroup(TyperGroup):
    """A group whose command `run` is meant when the first word is no other command: `pulse sync github` is `pulse sync run github`."""

    default = "run"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command in front where it was left out."""
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
