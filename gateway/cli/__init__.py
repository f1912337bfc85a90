"""The `pulse` command: one file per verb; heavy imports happen inside the verb, so that `pulse --help` is quick."""
