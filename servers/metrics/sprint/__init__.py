"""What teams planned for a sprint and what became of it."""
