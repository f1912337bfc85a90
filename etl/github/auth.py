"""Who we are at GitHub: a token, or an App that makes itself a token for an hour, for each organisation its own."""

import asyncio
from datetime import datetime, timedelta

import jwt

from etl.http import Http
from store.clock import wall_clock
from store.errors import ConfigurationError
from store.settings import Settings

RENEW_BEFORE = timedelta(minutes=5)
APP_TOKEN_S = 540


class Credentials:
    """Keeps the Authorization header of one account valid."""

    def __init__(self, settings: Settings, owner: str | None) -> None:
        self._settings, self._owner = settings, owner
        self._until: datetime | None = None
        self._lock = asyncio.Lock()

    @property
    def is_app(self) -> bool:
        """Whether tokens end and can be made anew."""
        return self._settings.github_token is None and self._settings.github_app_id is not None

    async def apply(self, http: Http) -> None:
        """Set the header, or renew it when it is about to end.

        Raises:
            ConfigurationError: the App is not installed for the organisation.
        """
        token = self._settings.github_token
        if token is not None:
            if not http.authorization:
                http.authorization = _bearer(token.get_secret_value())
        elif self.is_app and self._is_due():
            async with self._lock:
                if self._is_due():  # whoever was first has made it
                    await self.renew(http)

    def _is_due(self) -> bool:
        return self._until is None or wall_clock() > self._until - RENEW_BEFORE

    async def renew(self, http: Http) -> None:
        """Make a token of the installation, good for an hour."""
        app = _bearer(self._app_token())
        installation = await self._installation(http, app)
        made = (await http.post(f"app/installations/{installation}/access_tokens", {}, headers=app)).json()
        self._until = datetime.fromisoformat(made["expires_at"])
        http.authorization = _bearer(made["token"])

    async def _installation(self, http: Http, app: dict[str, str]) -> int:
        """The id of the organisation's installation; an App may have many hundreds.

        Raises:
            ConfigurationError: there is none, or somebody has suspended it.
        """
        owner, number = self._owner, self._settings.github_app_id
        answer = await http.get("app/installations", {"per_page": 100}, headers=app)
        while True:
            for item in answer.json():
                if owner is None or item["account"]["login"].casefold() == owner.casefold():
                    if item.get("suspended_at"):
                        raise ConfigurationError(
                            f"The GitHub App {number} is suspended for {item['account']['login']}.", setting="GITHUB_APP_ID"
                        )
                    return int(item["id"])
            if answer.next_url is None:
                raise ConfigurationError(f"The GitHub App {number} is not installed for {owner}.", setting="GITHUB_APP_ID")
            answer = await http.get(answer.next_url, headers=app)

    def _app_token(self) -> str:
        """A signed statement that we are the App, good for nine minutes."""
        key = self._settings.github_app_private_key
        if key is None:
            raise ConfigurationError("GITHUB_APP_PRIVATE_KEY is needed beside GITHUB_APP_ID.", setting="GITHUB_APP_PRIVATE_KEY")
        now = int(wall_clock().timestamp())
        claims = {"iat": now - 60, "exp": now + APP_TOKEN_S, "iss": self._settings.github_app_id}
        try:
            return jwt.encode(claims, key.get_secret_value().replace("\\n", "\n"), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise ConfigurationError("GITHUB_APP_PRIVATE_KEY is not an RSA key in PEM form.", setting="GITHUB_APP_PRIVATE_KEY") from error


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
