"""The metric catalogue and the engine that turns one question into one SQL statement."""
