"""The demo company `acme-shop`: a model of it, and stand-ins for GitHub and Jira that serve it over HTTP."""
