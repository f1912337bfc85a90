"""Background work of the ETL, one file per job."""
