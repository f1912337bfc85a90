"""Results as props of the page's elements."""

from chat_ui.progress import progress_props
from chat_ui.render import CARD, GRID, INK, QUIET, asked_by, cell, chart_props, listing_props, table_behind, themed, words
from servers.charts.theme import colours

SPEC = {
    "title": "Lead time",
    "config": {"axis": {"grid": False}},
    "data": {
        "values": [
            {"bucket": "2026-01-01", "team": "payments", "value": 41.234, "_hollow": True},
            {"bucket": "2026-02-01", "team": "payments", "value": None},
        ]
    },
    "mark": "line",
}


def test_the_table_behind_a_chart_shows_its_rows_without_helper_columns() -> None:
    """Numbers are rounded for reading; unknown stays unknown; columns that begin with _ are the chart's own."""
    assert table_behind(SPEC) == (["bucket", "team", "value"], [["2026-01-01", "payments", 41.23], ["2026-02-01", "payments", None]])


def test_rows_of_layers_and_named_data_are_found_too() -> None:
    """Specs keep rows at the top, in a layer, or by name."""
    assert table_behind({"layer": [{"data": {"values": [{"a": 1}]}}]}) == (["a"], [[1]])
    assert table_behind({"data": {"name": "d"}, "datasets": {"d": [{"a": 2}]}}) == (["a"], [[2]])


def test_a_theme_changes_text_and_grid_but_not_what_the_chart_says() -> None:
    """The spec's own settings stay; the page's colours are added; the width follows the page."""
    made = themed(SPEC, "dark")
    assert (made["config"]["axis"]["grid"], made["config"]["axis"]["labelColor"]) == (False, "#9fb0bd")
    assert (made["width"], made["background"], made["data"]) == ("container", "transparent", SPEC["data"])
    assert "width" not in themed({"hconcat": []}, "light")


def test_words_that_are_drawn_inside_a_chart_follow_the_theme() -> None:
    """A table drawn as a picture, or a label over a bar, would be dark on dark otherwise."""
    light = colours("light")
    marks = [{"mark": {"type": "text", "color": light[name]}} for name in ("text", "quiet", "grid", "background")]
    drawn = [layer["mark"]["color"] for layer in themed({"layer": marks}, "dark")["layer"]]
    assert drawn == [INK["dark"], QUIET["dark"], GRID["dark"], CARD["dark"]]


def test_a_chart_knows_its_evidence_and_its_metric() -> None:
    """The buttons below a chart need both."""
    figures = [{"metric": "change_lead_time", "evidence": "e1"}, {"metric": "throughput", "evidence": "e2"}]
    document = {"figures": figures, "evidence": [{"id": "e1", "result": {"evidence": "receipt-1"}}]}
    props = chart_props({"title": "Lead time, by team", "spec": SPEC, "evidence": "e1"}, document)
    assert (props["evidence"], props["metric"], props["file"]) == ("receipt-1", "change_lead_time", "lead-time-by-team")


def test_records_become_a_table_whose_first_column_links_to_the_source() -> None:
    """The address is a link, not a column; the rest can be asked for."""
    listing = {"columns": ["pr", "title", "url"], "rows": [["#1", "<b>x</b>", "https://github.com/a/b/pull/1"]], "total": 3}
    props = listing_props(listing, "Records", {"evidence": "e1", "cursor": "c"})
    assert props["columns"] == ["pr", "title"]
    assert props["rows"] == [[{"text": "#1", "url": "https://github.com/a/b/pull/1"}, "<b>x</b>"]]
    assert (props["note"], props["more"]) == ("1 of 3", {"evidence": "e1", "cursor": "c"})


def test_a_clicked_mark_names_its_cell() -> None:
    """Bucket and members of dimensions make the cell; values and helpers do not."""
    assert cell({"bucket": "2026-09-01", "team": "payments", "value": 4.2, "_x": "y"}) == "bucket=2026-09-01&team=payments"
    assert cell({"value": 1}) is None
    assert cell(None) is None


def test_warnings_stand_below_the_answer() -> None:
    """What to beware of is part of the answer."""
    said = "Seven.\n\nPlease note:\n- The month is not over."
    assert words({"answer": "Seven.", "warnings": ["The month is not over."]}) == "Seven.\n\n- *The month is not over.*"
    assert words({"answer": said, "warnings": ["The month is not over."]}) == said


def test_progress_shows_each_entity_of_the_newest_run_of_a_source() -> None:
    """Older runs of the source are history; the share counts repositories, projects or boards that are done."""
    live = {"entities": {"github.pull_requests": {"fetched": 250, "scopes": 8, "scopes_done": 2}}}
    runs = [
        {"source": "github", "status": "running", "progress": live, "entities": []},
        {"source": "github", "status": "failed", "entities": []},
    ]
    assert progress_props("running", runs)["items"] == [{"label": "github · pull requests", "fetched": 250, "share": 0.25}]


def test_a_failed_first_sync_says_why_and_what_to_do() -> None:
    """The run's own error and remedy stand in the note."""
    runs = [{"source": "jira", "status": "failed", "error": "Jira refuses the token.", "remedy": "Check JIRA_API_TOKEN.", "entities": []}]
    assert progress_props("failed", runs)["note"] == "Jira refuses the token. Check JIRA_API_TOKEN."


def test_a_choice_that_is_a_name_takes_the_place_of_the_unknown_one() -> None:
    """The button asks the whole question again; a choice that is a question already is asked as it is."""
    document = {
        "question": "What is the lead time of team Zebra?",
        "answer": "I do not know a team called “zebra”.",
        "choices": ["payments"],
    }
    assert asked_by(document, "payments") == "What is the lead time of team payments?"
    assert asked_by(document, "Change lead time of payments last quarter") == "Change lead time of payments last quarter"
    assert asked_by({"question": "x", "answer": "y"}, "And checkout?") == "And checkout?"


def test_hollow_marks_are_filled_with_the_ground_of_the_page() -> None:
    """A colour of the chart's own ground follows the theme; data keeps its values."""
    spec = {
        "config": {"background": "#ffffff"},
        "data": {"values": [{"a": "#ffffff"}]},
        "layer": [{"encoding": {"fill": {"value": "#ffffff"}}}],
    }
    made = themed(spec, "dark")
    assert (made["layer"][0]["encoding"]["fill"]["value"], made["data"]["values"]) == ("#151d28", [{"a": "#ffffff"}])
