"""What a person does about a source that refuses us, in one sentence with the page where it is done."""

from collections.abc import Mapping

from etl.entity import Source
from store.errors import AccessRefused, ConfigurationError, NotFound, PulseError, UpstreamGone

PAGES: Mapping[str, str] = {
    "GITHUB_TOKEN": "https://github.com/settings/tokens",
    "GITHUB_APP_ID": "https://github.com/settings/apps",
    "JIRA_API_TOKEN": "https://id.atlassian.com/manage-profile/security/api-tokens",
}
"""Where the secret behind a setting is made."""
PERMIT: Mapping[Source, str] = {
    "github": "Give the token read access to what is refused, or authorise it for the organisation's single sign-on: https://github.com/settings/tokens",
    "jira": "Let the account browse the projects that are refused, or name others in JIRA_PROJECTS.",
}
ADDRESSES: Mapping[Source, str] = {
    "github": "Check GITHUB_API_URL and GITHUB_ORG: there may be nothing of GitHub at this address.",
    "jira": "Check JIRA_BASE_URL and JIRA_PROJECTS: there may be nothing of Jira at this address.",
}
OTHER_NAMES = "Start it again with other names, or without any."
AGAIN = "Run the sync again; it goes on where it stopped."


def remedy_for(source: Source, error: PulseError) -> str:
    """What to do about a run that failed so."""
    if isinstance(error, ConfigurationError):
        return _replace(source, error.setting)
    if isinstance(error, NotFound):
        return OTHER_NAMES
    if isinstance(error, UpstreamGone):
        return ADDRESSES[source]
    return PERMIT[source] if isinstance(error, AccessRefused) else AGAIN


def _replace(source: Source, setting: str | None) -> str:
    if setting is None:
        return f"Check the settings of {source}; `pulse doctor` tests them."
    if setting in PAGES:
        return f"The token was revoked, has expired or is wrong: create one at {PAGES[setting]} and set {setting}; then `pulse sync resume {source}`."
    return f"Check {setting}."
