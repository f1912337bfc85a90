"""How Pulse learns: upstream entities, the sync engine, derivations and the demo company."""
