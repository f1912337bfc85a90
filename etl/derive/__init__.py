"""Facts from rows: rules R1–R14 of the metric catalogue, one file per rule, each a few set-based SQL statements."""
