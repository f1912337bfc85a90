"""MCP resources, one file each: what a host may read without calling a tool."""
