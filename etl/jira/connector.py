"""How a Jira site is reached: its address, its credentials, Cloud or Data Center."""

import base64

from etl.entity import Connector
from etl.http import Http
from etl.jira.client import JiraClient
from etl.jira.lookups import load_lookups, lookups_from
from store.errors import ConfigurationError
from store.settings import Settings


def site(settings: Settings) -> str:
    """The beginning of its ids: `jira` for the first site, with the host for further ones."""
    return settings.site or "jira"


def configured(settings: Settings) -> bool:
    """Whether there is a site to read."""
    return bool(settings.jira_base_url)


def connect(settings: Settings) -> JiraClient:
    """A client for the site of the settings.

    Raises:
        ConfigurationError: the base URL or the credentials are missing.
    """
    base = settings.jira_base_url
    if not base:
        raise ConfigurationError(
            "JIRA_BASE_URL is not set; set it to your site, such as https://acme.atlassian.net.", setting="JIRA_BASE_URL"
        )
    header, setting = _credentials(settings)
    http = Http(base, headers={"authorization": header, "accept": "application/json"}, name="Jira", setting=settings.credential or setting)
    return JiraClient(http, is_cloud=settings.jira_pat is None, projects=settings.jira_projects)


def _credentials(settings: Settings) -> tuple[str, str]:
    if settings.jira_pat is not None:
        return f"Bearer {settings.jira_pat.get_secret_value()}", "JIRA_PAT"
    if not settings.jira_email or settings.jira_api_token is None:
        missing = "JIRA_EMAIL" if not settings.jira_email else "JIRA_API_TOKEN"
        raise ConfigurationError(
            f"{missing} is not set; Jira Cloud needs JIRA_EMAIL and JIRA_API_TOKEN, Data Center JIRA_PAT.", setting=missing
        )
    pair = f"{settings.jira_email}:{settings.jira_api_token.get_secret_value()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}", "JIRA_API_TOKEN"


CONNECTOR = Connector(source="jira", site=site, configured=configured, connect=connect, lookups=load_lookups, sample_lookups=lookups_from)
