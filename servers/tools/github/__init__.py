"""Tools of the GitHub server: repositories, pull requests, deployments and their sync."""
