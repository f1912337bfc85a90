"""The worked cases: literal rows go in, the definitions' numbers come out."""

import json
from pathlib import Path

import pytest

from servers.metrics.case_questions import supported
from servers.metrics.check import check_cases, read_cases
from store.settings import Settings

FILES = sorted((Path(__file__).parents[2] / "cases").glob("*_cases.json"))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_worked_cases_come_out_as_written(file: Path, settings: Settings) -> None:
    """Loaded into the store, derived and measured, each case gives every member of `expected` within 1e-6."""
    cases, _ = read_cases(file)
    known = [case["id"] for case in cases if supported(case["metric"])]
    report = await check_cases(settings, file)
    assert report["failed"] == []
    assert report["passed"] == len(known)


@pytest.mark.timeout(60)
async def test_a_wrong_expectation_is_reported_with_both_numbers(settings: Settings, tmp_path: Path) -> None:
    """`pulse metric check` counts what passes, names what it does not know and shows expected beside got."""
    case = {
        "id": "A",
        "metric": "percentile",
        "inputs": {"values": [1, 2, 3, 4]},
        "parameters": {"percentile": 0.5},
        "expected": {"value": 3},
    }
    right, unknown = {**case, "id": "B", "expected": {"value": 2.5}}, {**case, "id": "C", "metric": "happiness"}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [case, right, unknown]}), encoding="utf-8")
    assert await check_cases(settings, file) == {
        "cases": 3,
        "passed": 1,
        "unsupported": ["C"],
        "failed": [{"id": "A", "expected": {"value": 3}, "got": {"value": 2.5}}],
    }
