"""The command line as scripts see it: exit codes, stdout and stderr."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import end_as_by_ctrl_c, run


def test_wrong_usage_is_one_sentence_and_exit_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    """stderr has one line, stdout nothing."""
    assert run(["frobnicate"]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)


def test_with_json_an_error_is_one_document_on_stdout_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts that read stdout always find exactly one JSON document there."""
    assert run(["config", "show", "--json", "--config", "/missing.yaml"]) == 2
    shown = capsys.readouterr()
    assert "/missing.yaml" in json.loads(shown.out)["error"]


def test_secrets_are_masked_when_the_configuration_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that is set shows as set, never as itself."""
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_very_secret")
    assert run(["config", "show", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["GITHUB_TOKEN"], document["JIRA_API_TOKEN"], "very_secret" in str(document)) == ("********", None, False)


def test_help_of_every_verb_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` works and says something at each level."""
    for words in ([], ["config"], ["mcp"], ["mcp", "install"]):
        assert run([*words, "--help"]) == 0
        assert "Usage: pulse" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["logs", "run-1", "--delete-older-than", "30", "--yes"],
        ["logs", "--source", "jira", "--delete-older-than", "30", "--yes"],
        ["logs", "--export", "log.txt"],
        ["logs", "--delete-older-than", "30", "--json"],
        ["schedule", "--cron", "5 * * * *", "--default"],
    ],
)
def test_what_cannot_be_done_as_asked_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Deleting never ignores a filter nor asks a script, a file says by its name what it holds, and a schedule is set or not."""
    assert run(["sync", *words]) == 2
    capsys.readouterr()


def test_a_file_that_cannot_be_written_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the file and the reason, whichever verb writes it."""
    monkeypatch.setattr("gateway.cli.invocation.Invocation.emit", lambda *_: Path("/nowhere/log.csv").write_text(""))
    assert run(["config", "show", "--json"]) == 1
    shown = capsys.readouterr()
    assert (json.loads(shown.out)["error"], shown.err.count("\n")) == ("/nowhere/log.csv cannot be used (No such file or directory).", 1)


@pytest.mark.parametrize("ctrl_c", [signal.default_int_handler, signal.SIG_IGN], ids=["heard", "ignored"])
def test_a_service_managers_word_is_as_good_as_ctrl_c(ctrl_c: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM lets the work clean up; before there is any it ends `pulse` as an interruption does; in the background of a shell, too."""
    monkeypatch.setattr("gateway.cli.main.EXIT_LIMIT_S", 36_000)  # this process has other tests to run
    left: list[str] = []

    async def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(5)
        finally:
            left.append("in good order")

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGINT, ctrl_c)
    try:
        end_as_by_ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(work())
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert left == ["in good order"]


def test_what_hangs_does_not_keep_a_process_that_is_told_to_end() -> None:
    """Work that cannot be cancelled, such as a statement over a cut network, is left as by a kill."""
    code = (
        "import asyncio, signal; from gateway.cli import main\n"
        "main.EXIT_LIMIT_S = 0.2; main.end_as_by_ctrl_c()\n"
        "async def work():\n"
        "    while True:\n"
        "        try:\n"
        "            print(flush=True); await asyncio.sleep(60)\n"
        "        except asyncio.CancelledError: pass\n"
        "asyncio.run(work())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(4) == 130
