"""Mounting the chat: its folder is prepared, Chainlit is loaded from there, and its page is allowed its own scripts only."""

import base64
import hashlib
import re
from pathlib import Path

from fastapi import FastAPI

import chat_ui
from chat_ui.root import prepare
from store.settings import Settings

PATH = "/chat"
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def mount_chat(app: FastAPI, settings: Settings) -> list[str]:
    """Mount Chainlit at /chat; returns the hashes of the inline scripts of its page.

    Chainlit reads its folder from the environment when it is first imported, so the import stands after `prepare`.
    """
    prepare(settings.pulse_home / "chat")
    from chainlit.server import get_html_template
    from chainlit.utils import mount_chainlit

    mount_chainlit(app=app, target=str(Path(chat_ui.__file__).with_name("app.py")), path=PATH)
    return script_hashes(get_html_template(PATH))


def script_hashes(page: str) -> list[str]:
    """The base64 SHA-256 of each inline script, as a content security policy names them."""
    return [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in INLINE_SCRIPT.findall(page)]
