"""What an installed package carries: everything that the commands need, where they look for it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import crmsim.shipped
from crmsim.errors import CrmsimError
from crmsim.shipped import checkout, shipped

ROOT = Path(crmsim.shipped.__file__).parents[1]
SHIPPED = ("datasets", "exercises", "notebooks")
#: Questions, data sets and notebooks are about a quarter of it, the font for Chinese a half (bytes).
LARGEST = 6_000_000


def pip(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "0", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env=os.environ | more
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as a package index would; skipped where what builds it cannot be had."""
    place = tmp_path_factory.mktemp("wheel")
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    if importlib.util.find_spec("pip") is None:
        pytest.skip("pip, which builds a wheel, is not in this environment")
    got = pip("install", "--quiet", "--target", str(place / "backend"), *backend)
    if got.returncode:
        pytest.skip(f"{' '.join(backend)}, which builds a wheel, cannot be had: {got.stderr.strip()[-200:]}")
    made = pip(
        "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(place), str(ROOT),
        PYTHONPATH=str(place / "backend"),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (path,) = place.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the package as it is installed, away from the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as box:
        box.extractall(folder)
    return folder


def program(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed package in a folder in which there is nothing of the project."""
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8",
        timeout=300, check=False, env=os.environ | {"PYTHONPATH": str(installed)},
    )  # fmt: skip


def of_the_project(folder: str) -> dict[str, bytes]:
    """Return every file below a folder at the top that is no left-over of Jupyter or Python."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints", ".virtual_documents"} & {*path.parts}
    }


@pytest.mark.slow
def test_a_wheel_carries_the_folders_of_the_course(wheel):
    with zipfile.ZipFile(wheel) as box:
        files = {name: box.read(name) for name in box.namelist()}
    for folder in SHIPPED:
        carried = {
            name.removeprefix("crmsim/data/"): content
            for name, content in files.items()
            if name.startswith(f"crmsim/data/{folder}/")
        }
        assert len(carried) > 20 and carried == of_the_project(folder)
    code = {name for name in files if name.endswith(".py") and not name.startswith("crmsim/data/")}
    assert code == {name for name in of_the_project("crmsim") if name.endswith(".py")}
    stray = [name for name in files if not name.startswith(("crmsim/", "crmsim-")) or name.endswith(".pyc")]
    assert stray == []
    assert wheel.stat().st_size < LARGEST


@pytest.mark.slow
def test_commands_of_an_installed_package_find_what_they_need(installed, tmp_path):
    for arguments, expected in (
        (["quiz", "--list"], "clv: customer lifetime value"),
        (["claim"], "clv-cac-payback: "),
        (["datasets", "show", "shop"], str(installed / "crmsim" / "data" / "datasets")),
        (["exam", "export", "--format", "gift", "--topic", "clv", "--out", "bank.txt"], "bank.txt"),
        (["audit", str(installed / "crmsim" / "data" / "datasets" / "shop_log.csv")], "shop_log-audit"),
    ):
        done = program(installed, tmp_path, "crmsim", *arguments)
        assert done.returncode == 0 and expected in done.stdout, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"bank.txt", "shop_log-audit"}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["crmsim", "datasets", "build"], ["crmsim.teaching.build"]])
def test_what_needs_a_checkout_says_so(installed, tmp_path, arguments):
    done = program(installed, tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"needs a checkout of the project; this is the package in {installed / 'crmsim'}" in done.stderr


def test_the_same_question_finds_files_in_a_checkout_and_in_a_package(tmp_path, monkeypatch):
    assert shipped() == checkout("a test") == ROOT
    assert shipped("exercises", "bank") == ROOT / "exercises" / "bank"
    monkeypatch.setattr(crmsim.shipped, "_INSTALLED", tmp_path)
    assert shipped("exercises", "bank") == tmp_path / "exercises" / "bank"
    with pytest.raises(CrmsimError, match=r"^a test needs a checkout of the project; this is the package in"):
        checkout("a test")


def test_no_other_module_looks_for_the_folders_of_the_course():
    """Beside the package, in somebody's site-packages, `datasets` is another project."""
    climbing = ("parents[2]", "parents[1]", "parent.parent", "_PACKAGE.parent")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "crmsim").rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if ("__file__" in line or "_PACKAGE" in line) and any(step in line for step in climbing)
    }
    assert found == {"crmsim/shipped.py"}
