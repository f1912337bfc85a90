"""The front door: the ASGI app and the `pulse` command line."""
