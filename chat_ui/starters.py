"""The first words of the chat."""

WELCOME = (
    "**Pulse** answers questions about software delivery from your own GitHub and Jira: in words, with a chart, "
    "with the definition of every number and the records behind it."
)

STARTERS = (
    ("Lead time this year", "How has our change lead time moved this year, and which team slowed down?"),
    ("DORA overview", "Show me the DORA metrics for the last quarter"),
    ("Failed deployments", "What is our change fail rate per service over the last 90 days?"),
    ("Stale pull requests", "Which pull requests have been waiting longest?"),
    ("Next sprint", "How much can the payments team finish in the next sprint?"),
    ("Waiting for review", "How long do pull requests wait for a first review, by team, over the last 90 days?"),
)
"""(label, question) pairs."""
