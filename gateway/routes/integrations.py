"""Further sites, organisations and tokens; a secret goes in and never comes out again."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from etl import integrations
from gateway.front import InFront

router = APIRouter(prefix="/api/v1/integrations", tags=["integrations"])
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Added(BaseModel):
    """A connection to store."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    source: Literal["github", "jira"]
    secret: SecretStr = Field(max_length=20_000, description="Token, or the private key of a GitHub App; never returned.")
    base_url: str | None = Field(None, max_length=500)
    organisations: list[Name] = Field(default_factory=list, max_length=100, description="GitHub organisations.")
    app_id: str | None = Field(None, max_length=50, description="GitHub App instead of a token.")
    email: str | None = Field(None, max_length=320, description="Jira Cloud; without it the secret is a Data Center token.")
    projects: list[Name] = Field(default_factory=list, max_length=500, description="Jira projects; all when empty.")

    def new(self) -> integrations.NewConnection:
        """The same for the connectors."""
        return integrations.NewConnection(
            self.source, self.secret, self.base_url, tuple(self.organisations), self.app_id, self.email, tuple(self.projects)
        )


@router.get("")
async def list_integrations(front: InFront) -> list[dict[str, Any]]:
    """Stored connections; of each secret only its end and its fingerprint."""
    return [one.as_dict() for one in await integrations.listed(front.db)]


@router.post("", status_code=201)
async def add_integration(front: InFront, added: Added) -> dict[str, Any]:
    """Store a connection with its secret encrypted."""
    return (await integrations.add(front.settings, front.db, added.new())).as_dict()


@router.post("/{integration}/test")
async def try_integration(front: InFront, integration: str) -> dict[str, Any]:
    """Whether it answers and accepts its credentials."""
    return (await integrations.test(front.settings, front.db, integration)).as_dict()


@router.delete("/{integration}", status_code=204)
async def remove_integration(front: InFront, integration: str) -> None:
    """Forget it and its secret; what it brought stays."""
    await integrations.remove(front.db, integration)
