"""`pulse config show`: the settings in force, secrets masked."""

from typing import Any

import typer

from gateway.cli import invocation

app = typer.Typer(help="The settings in force.", no_args_is_help=True, rich_markup_mode=None)
MASK = "********"


@app.callback()
def config() -> None:
    """The settings in force."""


@app.command()
def show(context: typer.Context) -> None:
    """Print every setting with its value; secrets are masked."""
    call = invocation.of(context)
    settings = call.settings
    document = {name.upper(): shown(getattr(settings, name)) for name in type(settings).model_fields}
    document["pulse.yaml"] = settings.pulse.model_dump(mode="json", by_alias=True)
    call.emit(document)


def shown(value: Any) -> Any:
    """`value` as it may be shown: a secret that is set is only a mask."""
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
