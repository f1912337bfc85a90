"""How Pulse reasons: one graph from a question to a verified answer."""
