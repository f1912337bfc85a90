"""What a tool does to the world, as MCP annotations."""

from mcp.types import ToolAnnotations

READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
"""Reads what Pulse has stored."""
STARTS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True)
"""Makes Pulse read from the source; changes nothing there."""
STOPS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
"""Ends work in progress; what is stored stays."""
