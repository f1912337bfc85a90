"""Which language model answers, if any: provider and model from the settings, loaded only when one is configured."""

import asyncio
import time
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from store.errors import PulseError
from store.settings import Settings

Provider = Literal["openai", "anthropic"]
DEFAULT_MODELS: dict[Provider, str] = {"openai": "gpt-5-mini", "anthropic": "claude-haiku-4-5"}
METHODS: dict[Provider, tuple[str, ...]] = {
    "openai": ("json_schema", "function_calling", "json_mode"),
    "anthropic": ("function_calling", "json_schema"),
}
"""How a plan is asked for; servers differ, so the next way is tried when one is refused or gives no plan."""
COMPLETE = frozenset({"stop", "end_turn", "tool_calls", "tool_use", "stop_sequence"})
MOST_TOKENS = 1500
PROMPTS = Path(__file__).with_name("prompts")


class ModelFailed(Exception):
    """The model gave nothing that can be used; the answer is made without it."""


@dataclass(frozen=True)
class ModelChoice:
    """A configured model."""

    provider: Provider
    model: str
    timeout_s: float
    key: SecretStr
    base_url: str | None


@dataclass
class Breaker:
    """Stops asking a model that keeps failing: after `most` failures in a row it rests for `rest_s` seconds."""

    most: int = 3
    rest_s: float = 60.0
    failures: int = 0
    opened_at_s: float = field(default=float("-inf"))

    @property
    def is_open(self) -> bool:
        """Whether the model is left alone for now."""
        return self.failures >= self.most and time.monotonic() - self.opened_at_s < self.rest_s

    def succeeded(self) -> None:
        """Forget earlier failures."""
        self.failures = 0

    def failed(self) -> None:
        """Count a failure; the last one counted starts the rest."""
        self.failures += 1
        self.opened_at_s = time.monotonic()


def chosen_model(settings: Settings) -> ModelChoice | None:
    """The model of the settings: by LLM_PROVIDER, else by which key or base URL is set, openai when both are."""
    has_openai = bool(settings.openai_api_key or settings.openai_base_url)
    provider = settings.llm_provider or ("openai" if has_openai else "anthropic" if settings.anthropic_api_key else "none")
    if provider == "none":
        return None
    openai = provider == "openai"
    key = (settings.openai_api_key if openai else settings.anthropic_api_key) or SecretStr("not-needed")
    base = settings.openai_base_url if openai else settings.anthropic_base_url
    return ModelChoice(provider, settings.llm_model or DEFAULT_MODELS[provider], settings.llm_timeout_s, key, base)


async def ready_model(choice: ModelChoice) -> Any:
    """The chat model, made in a thread the first time: importing an SDK takes seconds, which are not the model's."""
    return await asyncio.to_thread(chat_model, choice)


@lru_cache(maxsize=4)
def chat_model(choice: ModelChoice) -> Any:
    """The LangChain chat model; its SDK is imported here and only here, since it costs memory and start-up time."""
    common: dict[str, Any] = {
        "model": choice.model,
        "api_key": choice.key,
        "timeout": choice.timeout_s,
        "max_retries": 0,
        "max_tokens": MOST_TOKENS,
    }
    if choice.base_url:
        common["base_url"] = choice.base_url
    if choice.provider == "openai":
        return import_module("langchain_openai").ChatOpenAI(**common)
    return import_module("langchain_anthropic").ChatAnthropic(**common)


def failures(choice: ModelChoice) -> tuple[type[Exception], ...]:
    """What may go wrong when a model is asked: errors of the provider's SDK, replies of another shape, no reply in time."""
    base = {"openai": "OpenAIError", "anthropic": "AnthropicError"}[choice.provider]
    sdk_error: type[Exception] = getattr(import_module(choice.provider), base)
    return (ModelFailed, TimeoutError, PulseError, sdk_error, ValueError, TypeError, LookupError, AttributeError)


def finished(message: Any) -> bool:
    """Whether a reply says that it is complete; a cut stream has no reason, a full one another."""
    metadata = getattr(message, "response_metadata", None) or {}
    return (metadata.get("finish_reason") or metadata.get("stop_reason")) in COMPLETE


def prompt(name: str) -> str:
    """The text of a prompt file."""
    return (PROMPTS / f"{name}.md").read_text(encoding="utf-8")
