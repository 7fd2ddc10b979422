"""Result folders are whole or not there at all, and nobody else's files are ever touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import crmsim.folders
from crmsim.errors import InputError
from crmsim.folders import MANIFEST, check_target, new_folder
from crmsim.yaml_files import write_text


def results(folder: Path, text: str = "old") -> Path:
    """Make a folder that looks like results of this program."""
    with new_folder(folder) as draft:
        (draft / MANIFEST).write_text('{"crmsim": "0.1.0"}')
        (draft / "runs.csv").write_text(text)
    return folder


def below(folder: Path) -> dict[str, str]:
    """Return every file below a folder, hidden ones included, with its text."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_appears_when_it_is_finished(tmp_path):
    target = tmp_path / "out"
    with new_folder(target) as draft:
        (draft / "a.txt").write_text("a")
        assert not target.exists()
        assert draft.parent == tmp_path, "only a move within one file system is all or nothing"
    assert below(tmp_path) == {"out/a.txt": "a"}
    assert listing(tmp_path) == ["out"]
    assert target.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_nothing(tmp_path, error):
    with pytest.raises(error), new_folder(tmp_path / "out") as draft:
        (draft / "half.txt").write_text("half")
        raise error
    assert listing(tmp_path) == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_earlier_results_as_they_were(tmp_path, error):
    results(tmp_path / "out")
    before = below(tmp_path)
    with pytest.raises(error), new_folder(tmp_path / "out", replace=True) as draft:
        (draft / "runs.csv").write_text("half")
        raise error
    assert below(tmp_path) == before
    assert listing(tmp_path) == ["out"]


@pytest.mark.parametrize("step", [1, 2])
def test_a_move_that_fails_leaves_earlier_results_as_they_were(tmp_path, monkeypatch, step):
    """Replacing takes two moves; whichever of them fails, something whole must be there."""
    results(tmp_path / "out")
    before, calls, rename = below(tmp_path), [], Path.rename

    def failing(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == step:
            raise OSError("the disk is gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with (
        pytest.raises(OSError, match="the disk is gone"),
        new_folder(tmp_path / "out", replace=True) as draft,
    ):
        (draft / "runs.csv").write_text("new")
    monkeypatch.undo()
    assert below(tmp_path) == before
    assert listing(tmp_path) == ["out"]


def test_replacing_takes_the_whole_place(tmp_path):
    results(tmp_path / "out")
    (tmp_path / "out" / "stale.csv").write_text("stale")
    with new_folder(tmp_path / "out", replace=True) as draft:
        (draft / "runs.csv").write_text("new")
        assert (tmp_path / "out" / "runs.csv").read_text() == "old", (
            "the old must be there until the very end"
        )
    assert below(tmp_path) == {"out/runs.csv": "new"}
    assert listing(tmp_path) == ["out"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    results(tmp_path / "out")
    assert listing(tmp_path) == ["out"]
    assert listing(tmp_path / "out") == [MANIFEST, "runs.csv"]


def test_two_at_the_same_time_do_not_mix(tmp_path):
    with new_folder(tmp_path / "one") as one, new_folder(tmp_path / "two") as two:
        assert one != two
        (one / "a").write_text("1")
        (two / "a").write_text("2")
    assert below(tmp_path) == {"one/a": "1", "two/a": "2"}


def test_earlier_results_are_not_replaced_without_being_asked(tmp_path):
    results(tmp_path / "out")
    with pytest.raises(
        InputError, match=r"^out: already holds results; name another folder or give --replace, got "
    ):
        check_target(tmp_path / "out", replace=False)
    assert check_target(tmp_path / "out", replace=True) == tmp_path / "out"


@pytest.mark.parametrize("replace", [False, True])
def test_what_is_in_the_way(tmp_path, replace):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("mine")
    before = below(tmp_path)
    for name, message in (
        ("file", "must be a folder, this is a file"),
        ("folder", "must be empty or hold results of this program"),
        ("nowhere/out", "must lie in an existing folder"),
        ("file/out", "must lie in an existing folder"),
    ):
        with pytest.raises(InputError, match=f"^out: {message}, got '.*{name}'$"):
            check_target(tmp_path / name, replace=replace)
        with (
            pytest.raises(InputError, match=f"^out: {message}"),
            new_folder(tmp_path / name, replace=replace),
        ):
            pytest.fail("the block must not run")
    assert below(tmp_path) == before


def test_a_manifest_of_another_program_protects_its_folder(tmp_path):
    """Many programs call a file manifest.json; their folders are not ours to throw away."""
    site = tmp_path / "site"
    site.mkdir()
    (site / MANIFEST).write_text('{"short_name": "My shop", "icons": []}')
    (site / "index.html").write_text("mine")
    with pytest.raises(InputError, match=r"^out: must be empty or hold results of this program"):
        check_target(site, replace=True)


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(crmsim.folders.os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(InputError, match=r"^out: must lie in a folder that can be written to, got '.*out'$"):
        check_target(tmp_path / "out", replace=False)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=r"^out: must lie in a folder that can be written to"):
        check_target(tmp_path / "out", replace=False)
    tmp_path.chmod(0o700)


def test_a_relative_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results(Path("out"))
    assert listing(tmp_path) == ["out"]


def test_a_text_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "world.yaml"
    write_text(path, "alt\n零售\n")
    assert path.read_bytes() == "alt\n零售\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644

    def failing(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OSError, match="the disk is full"):
        write_text(path, "new")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert listing(tmp_path) == ["world.yaml"]
    assert path.read_text("utf-8") == "alt\n零售\n"
