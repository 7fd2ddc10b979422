"""The quiz as a student takes it: by the keyboard alone, in JupyterLab in Chromium, in each language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser import ROOT, jupyter_lab, need_a_browser, opened_notebook

from crmsim.exercises.progress import Progress
from crmsim.text import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FOCUSED = "document.activeElement.innerText || document.activeElement.type || document.activeElement.tagName"
BANK = """import sys
from pathlib import Path
sys.path.append({tests!r})
from quiz_bank import every_kind
from crmsim.exercises.bank import Bank
whole = every_kind(Path("."))
three = {{name: whole[name] for name in ("one", "gaps", "order")}}
quiz = QuizPanel(LANG, bank=Bank(three, dict.fromkeys(three, "clv")))
"""
WORDS = {
    "en": {
        "heading": "Question {} of 3",
        "begin": "begin",
        "number": "questions at most",
        "next": "next",
        "progress": "my progress",
    },
    "zh": {
        "heading": "第{}题，共3题",
        "begin": "开始",
        "number": "最多题数",
        "next": "下一题",
        "progress": "我的进度",
    },
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with a copy of the built quiz, and a diary of its own beside its files."""
    need_a_browser()
    home = tmp_path_factory.mktemp("jupyter")
    for lang in LANGUAGES:
        _copy_with_three_questions(lang, home / "files" / "exercises" / lang)
    with jupyter_lab(home, CRMSIM_PROGRESS=str(home / "diary.sqlite")) as lab:
        yield lab


def _copy_with_three_questions(lang: str, folder: Path) -> None:
    """Copy the built quiz, with three questions of different kinds in place of the whole bank."""
    folder.mkdir(parents=True)
    notebook = json.loads((ROOT / "exercises" / lang / "quiz.ipynb").read_text("utf-8"))
    code = notebook["cells"][-1]["source"]
    assert code[-2:] == ["quiz = QuizPanel(LANG)\n", "quiz"]
    code[-2:] = [BANK.format(tests=str(ROOT / "tests")), "quiz"]
    (folder / "quiz.ipynb").write_text(json.dumps(notebook), "utf-8")


@pytest.fixture(params=LANGUAGES)
def page(request, lab):
    path = f"exercises/{request.param}/quiz.ipynb"
    with opened_notebook(lab, path, width=1200, height=1100) as page:
        page.lang = request.param
        yield page


def _press_until(page, key: str, wanted: str) -> None:
    """Press a key until what has the keyboard is called so."""
    for _ in range(40):
        if page.evaluate(FOCUSED) == wanted:
            return
        page.keyboard.press(key)
    pytest.fail(f"the keyboard never comes to {wanted}")


def _answer_by_keyboard(page, root) -> None:
    """Fill in whatever the question asks for, from its first field to its main button."""
    main = root.locator("button.mod-primary")
    label = main.inner_text()
    fields = root.locator(".crmsim-answer").last.locator("input, select, textarea")
    # The keyboard is led to the first field, or to the button behind radio buttons.
    page.wait_for_function("document.activeElement.closest('.crmsim-quiz') !== null")
    if fields.first.get_attribute("type") == "radio":
        _press_until(page, "Shift+Tab", "radio")
        page.keyboard.press("Space")
    else:
        for place in range(fields.count()):
            kind = page.evaluate("document.activeElement.tagName + (document.activeElement.type || '')")
            if kind.startswith("SELECT"):
                # JupyterLab takes the arrow keys for itself while a list is closed.
                for key in ("Space", *["ArrowDown"] * (place + 1), "Enter"):
                    page.keyboard.press(key)
                    page.wait_for_timeout(60)
            elif "checkbox" in kind:
                page.keyboard.press("Space")
            else:
                page.keyboard.type("12 <b>客户</b>" if kind.startswith("TEXTAREA") else "12")
            page.keyboard.press("Tab")
    _press_until(page, "Tab", label)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px", "one sees where the keyboard is"
    page.keyboard.press("Enter")


def test_a_quiz_of_three_questions_by_keyboard(page, lab, tmp_path):
    words, root = WORDS[page.lang], page.locator(".crmsim-quiz")
    root.get_by_label(words["number"]).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    _press_until(page, "Tab", words["begin"])
    page.keyboard.press("Enter")
    for number in (1, 2, 3):
        root.get_by_text(words["heading"].format(number)).wait_for()
        page.wait_for_timeout(600)  # the keyboard is led to the question
        while root.locator("button.mod-primary").inner_text() != words["next"]:
            before = root.locator("button.mod-primary").inner_text()
            _answer_by_keyboard(page, root)
            page.wait_for_function(
                "before => document.querySelector('.crmsim-quiz button.mod-primary').innerText !== before",
                arg=before,
            )
            page.wait_for_timeout(600)
        assert root.locator(".crmsim-told").last.is_visible()
        page.screenshot(path=tmp_path / f"question_{number}_{page.lang}.png")
        _press_until(page, "Tab", words["next"])
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
    root.locator("table.crmsim").wait_for()
    page.screenshot(path=tmp_path / f"result_{page.lang}.png")
    root.get_by_role("button", name=words["progress"]).press("Enter")
    root.get_by_role("img").wait_for()
    page.wait_for_timeout(300)
    page.screenshot(path=tmp_path / f"progress_{page.lang}.png")
    answers = Progress(lab.files.parent / "diary.sqlite").answers()
    assert len(answers) == 3 * (1 + LANGUAGES.index(page.lang))
    typed = [answer.given for answer in answers if answer.question == "gaps"]
    assert set(typed) == {"['12', '12']"}, "no sign is lost between typing and answering"
    assert page.complaints == []
