"""Result folders are whole or not there at all, and nobody else's files are ever touched."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path

import pytest

import crmsim.folders
from crmsim.errors import FileError, InputError
from crmsim.folders import (
    MANIFEST,
    check_file,
    check_folder,
    check_keeping,
    check_target,
    new_file,
    new_folder,
    writing,
)
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
        pytest.raises(FileError, match=r"out: cannot be written \(the disk is gone\)$"),
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
        with pytest.raises(InputError, match=rf"^out: {message}, got '.*{name}'$"):
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
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(crmsim.folders.tempfile, "mkdtemp", refused)
    said = r"must lie in a folder that can be written to \(Permission denied\), got '.*out'$"
    for check in (check_target, check_file):
        with pytest.raises(InputError, match=f"^out: {said}"):
            check(tmp_path / "out", replace=False)
    with pytest.raises(InputError, match=f"^store: {said}"):
        check_keeping(tmp_path / "far" / "out", "store")


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
    with pytest.raises(FileError, match=r"world.yaml: cannot be written \(the disk is full\)$"):
        write_text(path, "new")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert listing(tmp_path) == ["world.yaml"]
    assert path.read_text("utf-8") == "alt\n零售\n"


# --- names that are odd ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x" * 255, "客" * 85], ids=["255 letters", "85 characters of three bytes"])
def test_the_longest_names_that_a_disk_takes(tmp_path, name):
    results(tmp_path / name)
    with new_folder(tmp_path / name, replace=True) as draft:
        (draft / MANIFEST).write_text("{}")
    (tmp_path / "there").mkdir()
    write_text(tmp_path / "there" / name, "text")
    assert listing(tmp_path) == ["there", name] and listing(tmp_path / "there") == [name]


@pytest.mark.parametrize("name", ["", "x" * 256, "客" * 86])
def test_names_that_no_disk_takes(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = "must be the name of a f" if not name else r"cannot be used \(File name too long\)"
    for check in (check_target, check_file):
        with pytest.raises(InputError, match=f"^out: {said}"):
            check(name, replace=True)
    for look in (check_folder, check_keeping):
        with pytest.raises(InputError, match=f"^store: {said}"):
            look(name, "store")
    assert listing(tmp_path) == []


def test_what_is_kept_may_lie_in_folders_that_are_still_to_be_made(tmp_path):
    assert check_keeping(tmp_path / "a" / "b", "store") == tmp_path / "a" / "b"
    assert check_keeping(tmp_path, "store") == tmp_path
    assert listing(tmp_path) == []
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=r"^store: must be a folder, this is a file, got '.*file'$"):
        check_folder(tmp_path / "file", "store")
    with pytest.raises(InputError, match=r"^store: must not lie below .*file, which is a file, got '.*b'$"):
        check_folder(tmp_path / "file" / "a" / "b", "store")


def test_a_file_that_is_there_is_replaced_only_when_told_to(tmp_path):
    (tmp_path / "page").write_text("mine")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=r"^report: is there already; name another file or give --replace"):
        check_file(tmp_path / "page", replace=False, field="report")
    assert check_file(tmp_path / "page", replace=True) == tmp_path / "page"
    with pytest.raises(InputError, match=r"^out: must be a file and not a folder"):
        check_file(tmp_path / "folder", replace=True)
    with pytest.raises(InputError, match=r"^out: must lie in an existing folder, got"):
        check_file(tmp_path / "nowhere" / "page", replace=True)


@pytest.mark.skipif(os.name == "nt", reason="devices of POSIX systems")
def test_a_device_is_not_replaced_by_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    said = "must be an ordinary file, or not be there yet, got '.*pipe'$"
    with pytest.raises(InputError, match=f"^out: {said}"):
        check_file(pipe, replace=True)
    with pytest.raises(InputError, match=f"^file: {said}"), new_file(pipe):
        pytest.fail("the block must not run")
    assert pipe.is_fifo() and listing(tmp_path) == ["pipe"]


# --- links -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_stays_and_results_come_to_where_it_leads(tmp_path):
    (tmp_path / "disk").mkdir()
    for name, target in (("report", "disk/report"), ("page", "disk/page")):
        (tmp_path / name).symlink_to(tmp_path / target)
    for _ in range(2):  # the first time they lead to nothing as yet
        with new_folder(tmp_path / "report", replace=True) as draft:
            assert draft.parent == tmp_path / "disk"
            (draft / MANIFEST).write_text('{"crmsim": "0.1.0"}')
        write_text(check_file(tmp_path / "page", replace=True), "text")
    assert (tmp_path / "report").is_symlink() and (tmp_path / "page").is_symlink()
    assert below(tmp_path / "disk") == {"report/manifest.json": '{"crmsim": "0.1.0"}', "page": "text"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_that_lead_nowhere_or_in_circles(tmp_path):
    (tmp_path / "nowhere").symlink_to(tmp_path / "not" / "there")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name, message in (
        ("nowhere", "must lie in an existing folder, this is a link to .*there"),
        ("circle", "must not be a link that leads in circles"),
    ):
        for check in (check_target, check_file):
            with pytest.raises(InputError, match=rf"^out: {message}, got '.*{name}'$"):
                check(tmp_path / name, replace=True)
    with pytest.raises(InputError, match=r"^store: must not be a link to .*there, which is not there"):
        check_folder(tmp_path / "nowhere", "store")
    assert listing(tmp_path) == ["circle", "nowhere"]


# --- the disk says no on the way ---------------------------------------------------------------------------


def test_a_full_disk_is_told_with_the_name_of_the_target(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "some" / "draft"))
    for new in (new_folder, new_file):
        with pytest.raises(FileError) as caught, new(tmp_path / "out"):
            raise full
        told = caught.value
        assert str(told) == f"{tmp_path / 'out'}: cannot be written (No space left on device)"
        assert (told.errno, told.strerror) == (errno.ENOSPC, "No space left on device")
        again = pickle.loads(pickle.dumps(told))
        assert (type(again), str(again), again.errno) == (FileError, str(told), errno.ENOSPC)
    assert listing(tmp_path) == []


def test_the_innermost_name_is_told(tmp_path):
    inner = FileError("inner", "cannot be written", OSError(errno.EIO, "Input/output error"))
    for new in (new_folder, new_file, writing):
        with pytest.raises(FileError) as caught, new(tmp_path / "outer"):
            raise inner
        assert caught.value is inner


@pytest.mark.parametrize(
    "error",
    [
        BrokenPipeError(),
        FileNotFoundError(errno.ENOENT, "No such file", "own.csv"),
        TimeoutError(),
        OSError(3),
    ],
    ids=repr,
)
def test_what_has_nothing_to_do_with_the_target_is_not_said_of_it(tmp_path, error):
    """A strategy that reads a file of its own, a reader of the output who has gone, a server."""
    for new in (new_folder, new_file):
        with pytest.raises(type(error)) as caught, new(tmp_path / "out"):
            raise error
        assert caught.value is error
    assert listing(tmp_path) == []


def test_a_file_inside_that_cannot_be_written_is_said_of_the_target(tmp_path):
    with pytest.raises(FileError, match=r"out: cannot be written \(Is a directory\)$"):  # noqa: SIM117
        with new_folder(tmp_path / "out") as draft:
            (draft / "table.csv").mkdir()
            (draft / "table.csv").write_text("")
    assert listing(tmp_path) == []
