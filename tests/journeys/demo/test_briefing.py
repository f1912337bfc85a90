"""The briefing on the demo company: what stands out is said, silence stays silence."""

from pathlib import Path

import pytest

from agents.briefings.briefing import Asked
from gateway import briefings
from gateway.front import Front

pytestmark = pytest.mark.timeout(300)


async def test_the_quarter_tells_that_payments_got_slower(front: Front, tmp_path: Path) -> None:
    """The demo company's story is found among all pairs, kept, sent into a file, and given again by its id."""
    document = await briefings.make(front, Asked("exec", "quarter"))
    worse = {(finding["team"], finding["metric"]) for finding in document["findings"] if finding["effect"] == "worse"}
    assert ("payments", "change_lead_time") in worse
    assert document["checked"]["tests"] >= 2 * document["checked"]["pairs"] - len(document["checked"]["teams"])
    sent = await briefings.send(front.settings, front.db, document, f"file:{tmp_path / 'briefing.md'}")
    assert sent.to is not None
    assert "payments" in (tmp_path / "briefing.md").read_text(encoding="utf-8")
    kept = await briefings.kept(front.db, document["id"])
    assert (kept["status"], kept["sent_to"]) == ("news", sent.to)


async def test_what_has_no_news_is_not_sent(front: Front, tmp_path: Path) -> None:
    """A team in which nothing passed gets a document that says what was checked, and no message."""
    document = await briefings.make(front, Asked("team:mobile", "week"))
    assert (document["status"], document["findings"]) == ("silent", [])
    sent = await briefings.send(front.settings, front.db, document, f"file:{tmp_path / 'briefing.md'}")
    assert (sent.to, (tmp_path / "briefing.md").exists()) == (None, False)
