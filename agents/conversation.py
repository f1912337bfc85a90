"""Who asks in which conversation: the thread of a checkpoint belongs to one user."""

import hashlib
import uuid


def new_conversation() -> str:
    """An id that nobody can guess."""
    return uuid.uuid4().hex


def thread_of(user: str, conversation: str) -> str:
    """The checkpoint thread of a user's conversation; another user with the same id gets another thread."""
    return hashlib.sha256(f"{user}\x00{conversation}".encode()).hexdigest()
