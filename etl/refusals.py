"""What a refusal costs: the part of a source that refuses us, and not the others."""

from typing import Any

from etl.entity import SharedClient
from store.errors import ConfigurationError, PulseError


def others_go_on(client: Any, error: PulseError) -> bool:
    """Whether other parts of the source can be read: credentials that are refused concern all of it, unless there are further ones."""
    return not isinstance(error, ConfigurationError) or (isinstance(client, SharedClient) and client.is_welcome)
