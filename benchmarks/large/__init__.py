"""A large organisation made by chance inside PostgreSQL: the rows that a sync of three years leaves in the store."""
