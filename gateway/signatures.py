"""Signatures of webhooks: HMAC-SHA256 over the raw bytes, as GitHub and Jira send it."""

import hashlib
import hmac

from pydantic import SecretStr

PREFIX = "sha256="


def is_signed(secret: SecretStr, body: bytes, header: str | None) -> bool:
    """Whether `header` (`sha256=…`) is the signature of exactly these bytes; older algorithms do not count."""
    if header is None or not header.startswith(PREFIX):
        return False
    expected = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.removeprefix(PREFIX).strip().encode())
