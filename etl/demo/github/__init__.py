"""A stand-in for GitHub: REST and GraphQL over real HTTP, holding the demo company."""
