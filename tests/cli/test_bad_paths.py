"""Whatever path is given to a command, it is used, or refused in one line before the work begins."""

from __future__ import annotations

import errno
import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmsim.cli import main
from crmsim.datasets import SHOP_LOG
from crmsim.exercises.progress import Answered, Progress

LONG = "x" * 300
DIARY = "diary.sqlite"
CLAIM = "clv-cac-payback"

#: Commands that write a folder; each would go on to its work if the folder would do.
FOLDERS = [
    ["audit", str(SHOP_LOG)], ["calibrate", str(SHOP_LOG)], ["compare", "retail"], ["confront", "retail"],
    ["decide", "six_strategies", "--no-store"], ["simulate", "retail"], ["demo"],
    ["exam", "set"], ["exam", "results", DIARY], ["gallery"], ["claim", CLAIM], ["lesson", "price_cuts"],
]  # fmt: skip
#: Commands that write a file.
FILES = [
    ["exam", "export", "--format", "gift", "--out"],
    ["exam", "export", "--format", "moodle", "--out"],
    ["quiz", "--report"],
]
#: Commands that keep something in a folder or file, or look into one, which may be missing as yet.
KEPT = [
    ["decide", "six_strategies", "--out", "out", "--store"], ["runs", "list", "--store"],
    ["runs", "clean", "--store"], ["runs", "show", "2026", "--store"],
    ["datasets", "fetch", "wholesale", "--cache"], ["quiz", "--number", "1", "--diary"],
]  # fmt: skip
#: Commands that read a file; the path stands in place of None.
READ = [
    ["audit", None], ["calibrate", None, "--out", "out"], ["simulate", None, "--out", "out"],
    ["compare", "retail", "--out", "out", "--strategies", "do_nothing,{}.yaml"],
    ["simulate", "retail", "--out", "out", "--strategy", "{}.py"], ["decide", None, "--out", "out"],
    ["decide", "six_strategies", "--out", "out", "--scenario", None],
    ["exam", "results", None, "--out", "out"],
    ["exam", "set", "--out", "out", "--students", None],
    ["datasets", "fetch", "wholesale", "--file", None],
]  # fmt: skip
linux = pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="a folder of the system in which nothing can be made"
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in a folder with a file, a link to nowhere, a link to itself, and a diary."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    Path("file").write_text("mine")
    Path("folder").mkdir()
    Path("folder", "thesis.txt").write_text("mine")
    Path("nowhere").symlink_to(tmp_path / "not" / "there")
    Path("circle").symlink_to("circle")
    Progress(DIARY).note(Answered("q-fi-idic", 1.0, datetime(2026, 3, 1, tzinfo=UTC), student="ada"))
    return tmp_path


def refused(capsys: pytest.CaptureFixture, *arguments: str) -> str:
    """Run a command that must refuse a path in one line, and leave everything as it was."""
    before = sorted(os.listdir())
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert sorted(os.listdir()) == before and Path("file").read_text() == "mine"
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("crmsim: "), said.err
    return lines[0].removeprefix("crmsim: ").replace(LONG, "LONG")


@pytest.mark.parametrize("command", FOLDERS, ids=" ".join)
def test_a_folder_for_results_that_cannot_be_made(here, capsys, command):
    for path, message in (
        ("", "out: must be the name of a folder, got ''"),
        ("file", "out: must be a folder, this is a file, got 'file'"),
        ("file/x", "out: must lie in an existing folder, got 'file/x'"),
        (
            "nowhere",
            f"out: must lie in an existing folder, this is a link to {here}/not/there, got 'nowhere'",
        ),
        ("circle", "out: must not be a link that leads in circles, got 'circle'"),
    ):
        assert refused(capsys, *command, "--out", path) == message
    said = refused(capsys, *command, "--out", LONG)
    assert said.startswith("out: cannot ") and said.endswith("(File name too long), got 'LONG'")
    if command != ["demo"]:
        assert refused(capsys, *command, "--out", "/").startswith("out: must be ")


@linux
@pytest.mark.parametrize("command", FOLDERS, ids=" ".join)
def test_a_folder_of_the_system_in_which_nothing_can_be_made(here, capsys, command):
    """Whoever may write everywhere, and still cannot."""
    said = refused(capsys, *command, "--out", "/proc/x")
    problem = "must lie in a folder that can be written to (No such file or directory)"
    assert said == f"out: {problem}, got '/proc/x'"


@pytest.mark.parametrize("command", FILES, ids=" ".join)
def test_a_file_that_cannot_be_made(here, capsys, command):
    field = command[-1].removeprefix("--")
    for path, message in (
        ("", "must be the name of a file, got ''"),
        ("folder", "must be a file and not a folder, got 'folder'"),
        ("file", "is there already; name another file or give --replace, got 'file'"),
        ("file/x", "must lie in an existing folder, got 'file/x'"),
        ("nowhere", f"must lie in an existing folder, this is a link to {here}/not/there, got 'nowhere'"),
        ("circle", "must not be a link that leads in circles, got 'circle'"),
        (LONG, "cannot be used (File name too long), got 'LONG'"),
    ):
        assert refused(capsys, *command, path) == f"{field}: {message}"


@linux
@pytest.mark.parametrize("command", FILES, ids=" ".join)
def test_a_file_in_a_folder_of_the_system(here, capsys, command):
    problem = "must lie in a folder that can be written to (No such file or directory), got '/proc/x'"
    assert refused(capsys, *command, "/proc/x") == f"{command[-1].removeprefix('--')}: {problem}"
    assert Path("/dev/null").is_char_device()
    ordinary = "must be an ordinary file, or not be there yet, got '/dev/null'"
    assert refused(capsys, *command, "/dev/null", "--replace").endswith(ordinary)
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("command", KEPT, ids=" ".join)
@pytest.mark.parametrize("path", ["", "file/x", LONG, "circle", "nowhere"])
def test_a_place_where_nothing_can_be_kept(here, capsys, command, path):
    field = command[-1].removeprefix("--")
    assert refused(capsys, *command, path).startswith(f"{field}: ")


@linux
@pytest.mark.parametrize("command", [KEPT[0], *KEPT[4:]], ids=" ".join)
def test_nothing_can_be_kept_in_a_folder_of_the_system(here, capsys, command):
    said = refused(capsys, *command, "/proc/x")
    assert said.endswith(("(No such file or directory)", "(No such file or directory), got '/proc/x'"))


def test_answers_are_not_asked_for_when_they_cannot_be_kept(here, capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    said = refused(capsys, "quiz", "--number", "1", "--diary", DIARY)
    assert said == f"diary: must be a file that can be written to, got '{DIARY}'"


@pytest.mark.parametrize("command", READ, ids=lambda words: " ".join(word or "..." for word in words))
@pytest.mark.parametrize("path", ["", "folder", "file/x", LONG, "nowhere", "circle"])
def test_a_file_that_cannot_be_read(here, capsys, command, path):
    words = [path if word is None else word.replace("{}", path) for word in command]
    assert refused(capsys, *words)


def test_a_disk_that_becomes_full_is_told_in_one_line(here, capsys, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("crmsim.cli.exam.write_manifest", full)
    told = refused(capsys, "exam", "set", "--number", "2", "--out", "sheets")
    assert told == "sheets: cannot be written (No space left on device)"
