"""What the documents say is true: their code runs, their tables are fresh, their commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from crmsim import cli
from crmsim.cli.show import ledger_page
from crmsim.coverage import coverage_page
from crmsim.engines import simulate
from crmsim.scenario import preset
from crmsim.strategies.base import load_strategy

ROOT = Path(__file__).parents[2]


def blocks(name: str, language: str) -> list[str]:
    """Return the fenced blocks of a language in a Markdown file, without their indentation."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def test_ledger_page_is_fresh():
    assert (ROOT / "crmsim" / "ledger.md").read_text(encoding="utf-8") == ledger_page()


def test_page_of_coverage_is_fresh():
    assert (ROOT / "crmsim" / "coverage.md").read_text(encoding="utf-8") == coverage_page()


def test_python_of_the_readme_runs():
    code = "\n".join(blocks("README.md", "python"))
    names: dict = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["result"].finished == (0, 1, 2, 3, 4)
    assert len(names["ledger"].firm_view()) > 1000


def test_strategy_of_the_contributing_page_works(tmp_path):
    (text,) = blocks("CONTRIBUTING.md", "yaml")
    path = tmp_path / "welcome_back.yaml"
    path.write_text(text, encoding="utf-8")
    strategy = load_strategy(path)
    ledger = simulate(preset("retail").with_values(customers=60, horizon_days=720), strategy)
    assert (ledger.truth["kind"] == "treatment").any()


def test_commands_of_the_documents_are_understood(monkeypatch):
    # Every documented command line gets past the parser; what the commands do is tested elsewhere.
    monkeypatch.setattr(cli, "run_command", lambda options: 0)
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    found = re.findall(
        r"(?:^\.venv/bin/|`)"
        r"(crmsim (?:app|audit|calibrate|claim|compare|confront|datasets|decide|demo|exam|gallery|lesson|quiz"
        r"|runs|show|simulate)[^`#\n]*)",
        text,
        re.MULTILINE,
    )
    assert len(found) >= 5
    for command in found:
        assert cli.main(shlex.split(command)[1:]) == 0, command


def test_every_part_named_in_the_readme_exists():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = "crmsim|notebooks|gallery|datasets|exercises|tests|benchmarks"
    for place in re.findall(rf"`((?:{folders})/[^`*]*)`", text):
        assert (ROOT / place).exists(), place


def test_top_level_holds_what_it_should():
    wanted = {
        "notebooks",
        "crmsim",
        "datasets",
        "exercises",
        "tests",
        "environment.yml",
        "README.md",
        "CONTRIBUTING.md",
    }
    wanted |= {"CHANGELOG.md", "LICENSE", "pyproject.toml", "Makefile", ".ci", ".gitignore"}
    assert wanted <= {path.name for path in ROOT.iterdir()}
