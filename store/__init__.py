"""What Pulse knows: settings, errors, the clock, the database and its tables. Imports nothing of ours."""
