"""How Pulse speaks: Chainlit handlers and renderers."""
