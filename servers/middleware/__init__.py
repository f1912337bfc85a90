"""What every tool call passes through, one concern per file."""
