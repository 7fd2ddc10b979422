"""The lesson plan names what exists: notebooks, labs, settings of panels, commands; and it adds up."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from crmsim.cli.commands import command_parser
from crmsim.lessons import find_lesson

FOLDER = Path(__file__).parents[2] / "exercises"
PLANS = {"en": FOLDER / "lesson_plan.md", "zh": FOLDER / "lesson_plan_zh.md"}
TEXTS = {lang: path.read_text("utf-8") for lang, path in PLANS.items()}
HOMES = {
    "LifeState": "timeline", "RiverState": "river", "SatisfactionState": "satisfaction",
    "LoyaltyState": "loyalty", "CLVState": "clv", "GradingState": "grading",
    "ComparisonState": "comparison", "DeskState": "desk", "TargetingState": "targeting",
    "ChurnState": "churn", "OwnLogState": "own_log", "StrategyLabState": "strategy_lab",
}  # fmt: skip
MEETINGS = 12


def meetings(lang: str) -> list[str]:
    heading = r"^## Meeting \d+\. " if lang == "en" else r"^## 第\d+次课 "
    return re.split(heading, TEXTS[lang], flags=re.MULTILINE)[1:]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("lang", PLANS)
def test_every_link_leads_to_a_file(lang):
    links = re.findall(r"\]\(([^)]+)\)", TEXTS[lang])
    assert len(links) > 2 * MEETINGS
    assert [link for link in links if not (FOLDER / link).exists()] == []


@pytest.mark.parametrize("lang", PLANS)
def test_all_notebooks_and_labs_of_this_language_are_in_it(lang):
    own = {
        f"../notebooks/{lang}/{path.name}" for path in (FOLDER.parent / "notebooks" / lang).glob("*.ipynb")
    }
    own |= {f"labs/{lang}/{path.name}" for path in (FOLDER / "labs" / lang).glob("*.ipynb")}
    assert own <= set(re.findall(r"\]\(([^)]+)\)", TEXTS[lang]))


@pytest.mark.parametrize("lang", PLANS)
def test_each_meeting_has_its_parts_and_90_minutes(lang):
    minutes = r"[（(](\d+)[）)]。?\.?\*\*"
    assert len(meetings(lang)) == MEETINGS
    for number, text in enumerate(meetings(lang), 1):
        parts = re.findall(r"^- \*\*", text, re.MULTILINE)
        assert len(parts) == 10, number
        times = [int(found) for found in re.findall(minutes, text)]
        assert len(times) == 7 and sum(times) == 90, f"meeting {number}: {times}"
        assert ("Misunderstanding" if lang == "en" else "常见误解") in text
        assert any(command.startswith("crmsim lesson") for command in code(text))
        assert any(command.startswith("crmsim quiz") for command in code(text))


@pytest.mark.parametrize("lang", PLANS)
def test_demos_are_settings_that_the_panels_take(lang):
    demos = [text for text in code(TEXTS[lang]) if re.match(r"\w+State\(", text)]
    assert len(demos) >= MEETINGS
    seen = set()
    for demo in demos:
        name = demo.partition("(")[0]
        state = getattr(import_module(f"crmsim.dashboards.{HOMES[name]}_state"), name)
        eval(demo, {name: state})
        seen.add(name)
    assert seen == set(HOMES)


@pytest.mark.parametrize("lang", PLANS)
def test_commands_are_understood(lang):
    commands = [text for text in code(TEXTS[lang]) if re.match(r"crmsim \w+", text)]
    assert len(commands) > 2 * MEETINGS
    for command in commands:
        options = command_parser().parse_args(shlex.split(command)[1:])
        if command.startswith("crmsim lesson"):
            assert find_lesson(options.name)


def test_both_languages_have_the_same_settings_commands_and_times():
    def plain(text: str) -> list[str]:
        return [part.replace(" --lang zh", "") for part in code(text)]

    for english, chinese in zip(meetings("en"), meetings("zh"), strict=True):
        assert plain(english) == plain(chinese)
        assert re.findall(r"\((\d+)\)\.\*\*", english) == re.findall(r"（(\d+)）。\*\*", chinese)
