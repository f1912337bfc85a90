"""Sending a message: to a Slack webhook, by mail, or into a file."""

import asyncio
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from store.errors import ConfigurationError, UpstreamError
from store.settings import Settings, check_base_url

TIMEOUT_S = 20.0
MAIL_PORT, TLS_PORT = 587, 465


@dataclass(frozen=True)
class Message:
    """One message in the forms that the ways of sending want."""

    subject: str
    text: str
    html: str
    slack: dict[str, Any]


async def deliver(settings: Settings, message: Message, to: str | None = None) -> str:
    """Send a message and say by what: `slack`, `email:ADDRESS,…` or `file:PATH`; without `to` Slack if it is set, else mail.

    Raises:
        ConfigurationError: what is needed is not set; the message names the setting.
        UpstreamError: Slack or the mail server refused.
    """
    chosen = to or ("slack" if settings.slack_webhook_url else "email")
    kind, _, place = chosen.partition(":")
    if kind == "slack":
        await _slack(settings, message)
    elif kind == "email":
        place = await _mail(settings, message, place)
    elif kind == "file" and place:
        await asyncio.to_thread(_write, place, message.text)
    else:
        raise ConfigurationError(
            f"Briefings are sent by slack, email:ADDRESS or file:PATH, not by {chosen!r}.", setting="schedules.briefings.send"
        )
    return f"{kind}:{place}" if place else kind


async def _slack(settings: Settings, message: Message) -> None:
    if settings.slack_webhook_url is None:
        raise ConfigurationError("SLACK_WEBHOOK_URL is not set; it is the address of an incoming webhook.", setting="SLACK_WEBHOOK_URL")
    address = settings.slack_webhook_url.get_secret_value()
    check_base_url("SLACK_WEBHOOK_URL", address, allow_http=settings.pulse_allow_http)
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
            answer = await client.post(address, json=message.slack)
    except httpx.HTTPError as error:
        raise UpstreamError(f"Slack did not answer ({type(error).__name__}); the message was not sent.") from error
    if answer.status_code != httpx.codes.OK:
        raise UpstreamError(f"Slack refused the message with status {answer.status_code}; check SLACK_WEBHOOK_URL.")


async def _mail(settings: Settings, message: Message, to: str) -> str:
    """Send by mail; returns the addresses."""
    if settings.smtp_url is None:
        raise ConfigurationError(
            "Neither SLACK_WEBHOOK_URL nor SMTP_URL is set, so there is nothing to send by; `pulse brief --out FILE` writes a file.",
            setting="SMTP_URL",
        )
    address = settings.smtp_url.get_secret_value()
    asked = parse_qs(urlsplit(address).query)
    receivers = to or ",".join(asked.get("to", []))
    if not receivers:
        raise ConfigurationError("SMTP_URL names nobody to write to; add ?to=ADDRESS, or send email:ADDRESS.", setting="SMTP_URL")
    sender = next(iter(asked.get("from", [])), None) or unquote(urlsplit(address).username or "") or receivers.split(",")[0]
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.subject, sender, receivers
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    try:
        await asyncio.to_thread(_send_mail, address, mail)
    except (OSError, smtplib.SMTPException) as error:
        raise UpstreamError(f"The mail server did not take the message ({type(error).__name__}); check SMTP_URL.") from error
    return receivers


def _send_mail(address: str, mail: EmailMessage) -> None:
    """smtps from the start, or smtp with STARTTLS where the server offers it; a password is never sent in the clear."""
    parts = urlsplit(address)
    secure = parts.scheme == "smtps"
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    with kind(parts.hostname or "", parts.port or (TLS_PORT if secure else MAIL_PORT), timeout=TIMEOUT_S) as server:
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls()
            server.ehlo()
            secure = True
        if parts.username and not secure:
            raise smtplib.SMTPNotSupportedError("the server offers no encryption for the password")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)


def _write(place: str, text: str) -> None:
    Path(place).expanduser().write_text(text, encoding="utf-8")
