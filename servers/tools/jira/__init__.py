"""Tools of the Jira server: projects, issues and their sync."""
