"""The headline question, asked in a browser."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import ROOT, Watched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
QUESTION = "How has our change lead time moved this year, and which team slowed down?"
IMAGES = ROOT / "docs" / "images"
CHART_LIMIT_MS = 30_000


async def ask(page: Page, question: str) -> Locator:
    """Type a question; returns its chart once it is drawn."""
    before = await page.get_by_test_id("pulse-chart").count()
    await page.locator("#chat-input").click()
    await page.keyboard.type(question)
    await page.keyboard.press("Enter")
    chart = page.get_by_test_id("pulse-chart").nth(before)
    await chart.locator("svg.marks").wait_for(timeout=CHART_LIMIT_MS)
    return chart


async def picture(page: Page, name: str, height: int = 900) -> None:
    """Keep a screenshot in docs/images, when asked to by E2E_PICTURES=1."""
    if os.environ.get("E2E_PICTURES"):
        await page.set_viewport_size({"width": 1280, "height": height})
        await page.wait_for_timeout(1200)
        await page.screenshot(path=str(IMAGES / f"{name}.png"))
        await page.set_viewport_size({"width": 1280, "height": 900})


async def hover_a_mark(page: Page, chart: Locator) -> Locator:
    """Move over marks of the chart until one tells its values; returns the tooltip."""
    tooltip = page.locator("#vg-tooltip-element.visible")
    marks = chart.locator("svg .mark-symbol path, svg .mark-rect path, svg .mark-bar path")
    for index in range(await marks.count()):
        await marks.nth(index).hover(force=True)
        await page.wait_for_timeout(100)
        if await tooltip.count():
            return tooltip
    raise AssertionError("no mark of the chart has a tooltip")


async def test_the_headline_question_gets_words_and_a_chart_that_can_be_explored(watched: Watched) -> None:
    """Answer, chart, tooltip, table, records and dark theme, all on our own host."""
    page = watched.page
    await picture(page, "chat-start")
    chart = await ask(page, QUESTION)
    await expect(page.locator(".ai-message").last).to_contain_text(re.compile("lead time", re.IGNORECASE))
    await picture(page, "chat-answer", height=1300)
    tooltip = await hover_a_mark(page, chart)
    await expect(tooltip).to_contain_text(re.compile(r"\d"))
    await chart.get_by_role("button", name="Show the table").click()
    await expect(chart.get_by_test_id("chart-table").locator("tbody tr").first).to_be_visible()
    await chart.get_by_role("button", name="Hide the table").click()
    await chart.get_by_role("button", name="Show the records").click()
    records = page.get_by_test_id("pulse-table").last
    await expect(records.locator("tbody tr").first).to_be_visible(timeout=CHART_LIMIT_MS)
    await page.wait_for_timeout(1000)
    await picture(page, "chat-records")
    assert watched.foreign == []
    assert [said for said in watched.complaints if "Content Security Policy" in said] == []


async def test_a_dashboard_is_a_command_with_several_charts(watched: Watched) -> None:
    """The button, then words for whom and when: every chart is drawn below the other, and nothing comes from elsewhere."""
    page = watched.page
    await page.get_by_role("button", name="DORA", exact=True).click()
    await page.locator("#chat-input").click()
    await page.keyboard.type("payments last 12 months")
    await page.keyboard.press("Enter")
    await page.get_by_test_id("pulse-chart").nth(5).locator("svg.marks").wait_for(timeout=CHART_LIMIT_MS)
    await expect(page.locator(".ai-message").last).to_contain_text("team payments")
    await picture(page, "chat-dashboard", height=1300)
    assert watched.foreign == []


async def test_a_chart_follows_the_dark_theme(watched: Watched) -> None:
    """Switching the theme redraws the chart in readable colours."""
    page = watched.page
    chart = await ask(page, QUESTION)
    label = chart.locator("svg .role-axis-label text").first
    light = await label.get_attribute("fill")
    await page.locator("#theme-toggle").click()
    await page.get_by_role("menuitem", name="Dark").click()
    await expect(label).not_to_have_attribute("fill", light or "")
    await picture(page, "chat-dark")


async def test_a_definition_is_one_click_away(watched: Watched) -> None:
    """What the number means stands in the catalogue, not in somebody's head."""
    chart = await ask(watched.page, QUESTION)
    await chart.get_by_role("button", name="Definition").click()
    await expect(watched.page.get_by_text("Change lead time").last).to_be_visible()


async def test_a_question_that_can_be_read_in_two_ways_offers_its_readings_as_buttons(watched: Watched) -> None:
    """An unknown team is not guessed: the known ones are offered."""
    page = watched.page
    await page.locator("#chat-input").click()
    await page.keyboard.type("What is the lead time of team zebra?")
    await page.keyboard.press("Enter")
    choice = page.locator(".ai-message .flex-wrap > button").filter(has_text=re.compile("payments", re.IGNORECASE)).first
    await expect(choice).to_be_visible(timeout=CHART_LIMIT_MS)
    await choice.click()
    await expect(page.locator(".ai-message").last).to_contain_text(re.compile(r"\d"), timeout=CHART_LIMIT_MS)


def test_the_pictures_of_the_documentation_are_there() -> None:
    """The README shows what the chat looks like."""
    named = re.findall(r"\((docs/images/[\w.-]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not Path(ROOT / name).is_file()] == []


async def test_the_syncs_are_seen_and_steered_from_the_chat(watched: Watched) -> None:
    """The command shows the board; a sync is started, followed and its log opened."""
    page = watched.page
    await page.get_by_role("button", name="Syncs").first.click()
    await page.locator("#chat-input").click()
    await page.keyboard.type("show")
    await page.keyboard.press("Enter")
    board = page.get_by_test_id("pulse-board")
    github = board.get_by_test_id("board-github")
    await github.get_by_role("button", name="Sync now").click()
    await expect(board.get_by_role("status")).to_contain_text("reads github")
    await expect(github).to_have_attribute("data-state", "done", timeout=60_000)
    await board.get_by_role("button", name="Log of all runs").click()
    await expect(board.get_by_test_id("board-log").locator("tbody tr").first).to_be_visible()
    await picture(page, "chat-syncs", height=1150)
