"""What Pulse answers: the metric engine, charts and the MCP servers."""
