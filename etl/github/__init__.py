"""How Pulse reads GitHub: one file per kind of record; GraphQL where it can batch, REST where it must."""
