"""The accounts that read one GitHub: each with its organisations, its token and its budget of requests."""

from collections.abc import Sequence
from dataclasses import dataclass

from etl.github.auth import Credentials
from etl.http import Host, Http, Limits
from store.errors import ConfigurationError
from store.settings import Settings

ACCEPT = "application/vnd.github+json"
API_VERSION = "2022-11-28"


@dataclass(frozen=True)
class Account:
    """One token, or one installation of an App."""

    owners: frozenset[str]
    """Logins of what it reads, in lower case; empty for everything it can see."""
    http: Http
    credentials: Credentials

    async def signed_in(self) -> Http:
        """Its client with a valid token.

        Raises:
            ConfigurationError: it has none, and is not asked for one again.
        """
        try:
            await self.credentials.apply(self.http)
        except ConfigurationError as error:
            self.http.refused = error
            raise
        return self.http


class Accounts:
    """Chooses who asks."""

    def __init__(self, settings: Settings, limits: Limits, host: Host) -> None:
        self.all: Sequence[Account] = [made for one in (settings, *settings.accounts) for made in _accounts(one, limits, host)]

    def of(self, owner: str | None) -> Account:
        """The account for an organisation: one that is not refused and need not wait, and of several the one that was asked least."""
        named = [account for account in self.all if owner and owner.casefold() in account.owners]
        return min(named or self.all, key=lambda one: (one.http.refused is not None, one.http.closed_s, one.http.counts.requests))

    def group(self, owner: str) -> int:
        """The same number for organisations that the same accounts read, so that they can be asked about together."""
        return hash(frozenset(index for index, account in enumerate(self.all) if owner.casefold() in account.owners))


def _accounts(settings: Settings, limits: Limits, host: Host) -> list[Account]:
    """A token serves all its organisations; an App has an installation, and so a budget, for each."""
    together = settings.github_token is not None or not settings.github_org
    groups: list[list[str]] = [settings.github_org] if together else [[owner] for owner in settings.github_org]
    return [_account(settings, owners, limits, host) for owners in groups]


def _account(settings: Settings, owners: Sequence[str], limits: Limits, host: Host) -> Account:
    setting = settings.credential or ("GITHUB_TOKEN" if settings.github_token is not None else "GITHUB_APP_ID")
    headers = {"accept": ACCEPT, "x-github-api-version": API_VERSION}
    http = Http(settings.github_api_url, headers=headers, limits=limits, name="GitHub", setting=setting, host=host)
    credentials = Credentials(settings, owners[0] if owners else None)
    if credentials.is_app:
        http.renew = lambda: credentials.renew(http)
    return Account(frozenset(owner.casefold() for owner in owners), http, credentials)
