"""The folder that Chainlit runs from."""

from pathlib import Path

import pytest

from chat_ui.root import BUNDLE, local_page, prepare


def test_the_page_asks_no_other_host() -> None:
    """Fonts and styles of other hosts are taken out; our own stay."""
    foreign = '<link rel="preconnect" href="https://fonts.example" />\n<link\n href="https://cdn.example/x.css"\n/>'
    page = f'<head>{foreign}<link rel="stylesheet" href="/a.css"></head>'
    assert local_page(page) == '<head><link rel="stylesheet" href="/a.css"></head>'


@pytest.mark.timeout(30)
def test_the_folder_is_complete_and_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, theme, elements, page and chart library are there; a second start keeps the library as it is."""
    monkeypatch.setenv("CHAINLIT_APP_ROOT", "")
    prepare(tmp_path)
    library = tmp_path / "public" / BUNDLE
    made = library.stat().st_mtime_ns
    prepare(tmp_path)
    wanted = [".chainlit/config.toml", "public/theme.json", "public/elements/PulseChart.jsx", "frontend/index.html", "frontend/assets"]
    assert [name for name in wanted if not (tmp_path / name).exists()] == []
    assert (library.stat().st_mtime_ns == made, "vegaEmbed" in library.read_text()) == (True, True)
    assert "https://" not in (tmp_path / "frontend" / "index.html").read_text()
