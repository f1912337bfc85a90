"""The MCP tools: a folder per server, a file per tool; each checks its arguments, asks, and returns."""
