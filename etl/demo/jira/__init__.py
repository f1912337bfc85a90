"""A stand-in for Jira Cloud over the demo company: REST v3 and the agile API, as far as Pulse reads them."""
