"""Sending by Slack, mail and file, against servers that behave like them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.briefing_job import due, length_of
from gateway.briefing_pdf import pdf
from gateway.delivery import Message, deliver
from store.clock import wall_clock
from store.config import BriefingSchedule
from store.errors import ConfigurationError, UpstreamError
from store.settings import Settings

MESSAGE = Message("Weekly briefing", "text", "<p>text</p>", {"text": "Weekly briefing", "blocks": []})


@asynccontextmanager
async def server(*answers: bytes, heard: list[bytes], greeting: bytes = b"") -> AsyncIterator[int]:
    """A server on a port of this machine that gives one answer after the other and keeps what it heard."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        for answer in answers:
            heard.append(await reader.read(65_536))
            writer.write(answer)
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def settings(home: Path, **more: str) -> Settings:
    """Settings with a way to send."""
    return Settings(_env_file=None, pulse_home=home, **more)


async def test_slack_gets_the_blocks(tmp_path: Path) -> None:
    """An incoming webhook is posted to once; a refusal names the setting."""
    heard: list[bytes] = []
    async with server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", heard=heard) as port:
        assert await deliver(settings(tmp_path, slack_webhook_url=f"http://127.0.0.1:{port}/hook"), MESSAGE) == "slack"
    assert b'"text":"Weekly briefing"' in heard[0].replace(b": ", b":")
    async with server(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", heard=heard) as port:
        with pytest.raises(UpstreamError, match="SLACK_WEBHOOK_URL"):
            await deliver(settings(tmp_path, slack_webhook_url=f"http://127.0.0.1:{port}/hook"), MESSAGE, "slack")


async def test_mail_goes_to_whom_the_setting_names(tmp_path: Path) -> None:
    """Without a password no encryption is needed; text and HTML go along."""
    heard: list[bytes] = []
    answers = (b"250 me\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 kept\r\n", b"221 bye\r\n")
    async with server(*answers, heard=heard, greeting=b"220 mail\r\n") as port:
        sent = await deliver(settings(tmp_path, smtp_url=f"smtp://127.0.0.1:{port}?to=board@acme.example&from=pulse@acme.example"), MESSAGE)
    assert sent == "email:board@acme.example"
    assert any(b"Subject: Weekly briefing" in part for part in heard)


async def test_a_password_is_never_sent_in_the_clear(tmp_path: Path) -> None:
    """A server without encryption does not get it."""
    heard: list[bytes] = []
    async with server(b"250 me\r\n", b"250 me\r\n", heard=heard, greeting=b"220 mail\r\n") as port:
        with pytest.raises(UpstreamError, match="SMTP_URL"):
            await deliver(settings(tmp_path, smtp_url=f"smtp://ana:secret@127.0.0.1:{port}?to=board@acme.example"), MESSAGE)
    assert not any(b"AUTH" in part for part in heard)


async def test_a_file_is_written_and_what_is_not_set_is_named(tmp_path: Path) -> None:
    """`file:PATH` needs no server; without any setting the message says what to set."""
    place = tmp_path / "briefing.md"
    assert await deliver(settings(tmp_path), MESSAGE, f"file:{place}") == f"file:{place}"
    assert place.read_text(encoding="utf-8") == "text"
    with pytest.raises(ConfigurationError, match="SLACK_WEBHOOK_URL nor SMTP_URL"):
        await deliver(settings(tmp_path), MESSAGE)


def test_a_briefing_is_due_once_after_its_time() -> None:
    """Mondays at eight make a weekly briefing, the first of each month a monthly one; what was just made is not due again."""
    weekly, moment = BriefingSchedule(cron="0 8 * * 1"), wall_clock().replace(year=2026, month=11, day=16, hour=8, minute=5)
    assert (due(weekly, "UTC", moment, None), due(weekly, "UTC", moment, moment)) == (True, False)
    assert not due(weekly, "UTC", moment.replace(day=18), None)
    assert [length_of(cron, "UTC", moment) for cron in ("0 8 * * 1", "0 8 1 * *", "0 8 1 */3 *")] == ["week", "month", "quarter"]


def test_a_pdf_is_made_of_the_blocks() -> None:
    """One page, as long as the text needs."""
    made = pdf([{"kind": "heading", "text": "Weekly <briefing>"}, {"kind": "list", "items": ["one", "two"]}])
    assert made.startswith(b"%PDF")
