"""``crmsim quiz`` with answers that are piped in, as a student would type them."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from quiz_bank import every_kind, right_answer

import crmsim.cli.quiz as quiz_module
from crmsim.cli import main
from crmsim.cli.quiz_asking import Back, Skip, Stop, ask
from crmsim.exercises.progress import Answered, Progress
from crmsim.exercises.sheet import Sheet

ROOT = Path(__file__).parents[2]
NAMES = ["tf", "one", "some", "gaps", "match", "order", "own", "fixed", "define", "explain", "debate"]


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return every_kind(tmp_path_factory.mktemp("bank"))


@pytest.fixture
def diary(tmp_path) -> Progress:
    return Progress(tmp_path / "diary.sqlite")


@pytest.fixture
def run(bank, diary, monkeypatch, capsys):
    """Return a function that runs the command on lines of input and returns what it printed."""

    def run(lines: str, *options: str, status: int = 0) -> str:
        monkeypatch.setattr(quiz_module, "load_bank", lambda: bank)
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        words = ["quiz", "--student", "Ada", "--diary", str(diary.path), *options]
        assert main(words) == status
        said = capsys.readouterr()
        return said.out + said.err

    return run


def typed(sheet: Sheet, answer) -> str:
    """Return an answer in letters, as it would be typed."""
    if isinstance(answer, bool):
        return "A" if answer else "B"
    if isinstance(answer, int):
        return "ABCDEF"[answer]
    if isinstance(answer, str):
        return answer
    if sheet.question.kind == "fill-in":
        return "\n".join(answer)
    return "".join("ABCDEF"[place] for place in answer)


def reading(bank, name: str, lines: str, student: str = "Ada"):
    """Return what comes of lines typed for a question, and what was said meanwhile."""
    rest, said = iter(lines.split("\n")), []

    def prompt(words: str) -> str:
        try:
            return next(rest)
        except StopIteration:
            raise EOFError from None

    return ask(Sheet(bank[name], student, 1), "en", prompt, said.append), said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_whole_quiz_with_all_answers_right(run, bank, diary, lang):
    order = [answer for answer in _order(run, bank)]
    lines = []
    for name in order:
        sheet = Sheet(bank[name], "Ada", 1)
        if sheet.self_marked:
            lines += ["my own words", "", "ab"]
        else:
            lines.append(typed(sheet, right_answer(sheet)))
    said = run("\n".join(lines) + "\n", "--number", "50", "--lang", lang)
    assert [answer.score for answer in diary.answers("Ada")] == [1.0] * len(NAMES)
    assert {"en": "11 of 11 points (100 %)", "zh": "得11分，满分11分（100%）"}[lang] in said
    assert said.count({"en": "✓ Right.", "zh": "✓ 回答正确。"}[lang]) == 8
    assert str(diary.path) in said


@pytest.mark.parametrize("sign", ["!", "！"])
def test_a_claim_is_run_from_the_next_prompt(run, bank, diary, monkeypatch, sign):
    """Only after its answer was told, with the seed of the quiz; what is asked then is asked again."""
    told = []
    monkeypatch.setattr(
        "crmsim.cli.claim.tell_claim", lambda question, seed, lang: told.append((question.id, seed))
    )
    order = _order(run, bank)
    assert order[-1] != "tf", "there must be a prompt after it"
    lines = [">"] * order.index("tf") + ["B", sign, *[">"] * len(order)]
    said = run("\n".join(lines) + "\n", "--number", "50")
    assert told == [("tf", 1)] and "crmsim claim tf --seed 1" in said
    assert [answer.score for answer in diary.answers("Ada")] == [1.0]


def test_no_claim_is_run_before_the_answer_is_told(run, bank, monkeypatch):
    told = []
    monkeypatch.setattr("crmsim.cli.claim.tell_claim", lambda *given: told.append(given))
    run("!\n" * 3 + ">\n" * 20, "--number", "50")
    order = _order(run, bank)
    lines = [">"] * order.index("tf") + ["B", "!", *[">"] * len(order)]
    said = run("\n".join(lines) + "\n", "--number", "50", "--mode", "exam")
    assert told == [] and "crmsim claim" not in said


def _order(run, bank) -> list[str]:
    """Return the ids of the questions in the order of the quiz, from what it prints."""
    said = run(">\n" * 20, "--number", "50")
    texts = {name: Sheet(bank[name], "Ada", 1).text("en").replace("____", "")[:12] for name in NAMES}
    plain = said
    for number in (1, 2):
        plain = plain.replace(f"({number})____", "")
    return sorted(NAMES, key=lambda name: plain.index(texts[name]))


def test_half_width_or_full_width_letters_in_any_order(bank):
    assert reading(bank, "tf", "ａ")[0] is True and reading(bank, "tf", "错")[0] is False
    assert reading(bank, "tf", "True.")[0] is True
    assert reading(bank, "one", "Ｂ．")[0] == 1
    assert reading(bank, "some", "c, Ａ、d")[0] == [0, 2, 3]
    assert reading(bank, "match", "２Ａ；1c 3－B")[0] == [2, 0, 1] == reading(bank, "match", "cab")[0]
    assert reading(bank, "order", "C → A → B")[0] == [2, 0, 1]
    assert reading(bank, "gaps", "利益\n")[0] == ["利益", ""]
    assert reading(bank, "fixed", "１２元")[0] == "１２元"


@pytest.mark.parametrize(
    ("name", "line", "sentence"),
    [
        ("tf", "C", "Use the letters A B only."),
        ("one", "AB", "Write one letter: A B C."),
        ("one", "4", "Use the letters A B C only."),
        ("some", "E", "Use the letters A B C D only."),
        ("match", "1A 2B", "Write a letter for each number from 1 to 3"),
        ("match", "1A 2B 2C", "Write a letter for each number from 1 to 3"),
        ("match", "1A 2B 4C", "Write a letter for each number from 1 to 3"),
        ("match", "1A 2B 3Z", "Write a letter for each number from 1 to 3"),
        ("order", "AAB", "Write each letter once: A B C."),
    ],
)
def test_what_is_no_answer_is_asked_for_again(bank, name, line, sentence):
    with pytest.raises(Stop):
        reading(bank, name, f"{line}\n?\nq")
    said: list[str] = []
    rest = iter([line, "?", "A" if name in ("tf", "one", "some") else "BAC"])
    ask(Sheet(bank[name], "Ada", 1), "en", lambda words: next(rest), said.append)
    assert said[0].startswith(sentence) and "< question before" in said[1] and len(said) == 2


@pytest.mark.parametrize(
    ("line", "wish"), [("ｑ", Stop), (">", Skip), ("＞", Skip), ("", Skip), ("《", Back), ("<", Back)]
)
@pytest.mark.parametrize("name", ["tf", "gaps", "define", "fixed"])
def test_commands_are_understood_everywhere(bank, name, line, wish):
    with pytest.raises(wish):
        reading(bank, name, line)


def test_a_number_that_cannot_be_read_is_asked_for_again(bank, diary, monkeypatch, capsys):
    alone = type(bank)({"fixed": bank["fixed"]}, {"fixed": "clv"})
    monkeypatch.setattr(quiz_module, "load_bank", lambda: alone)
    monkeypatch.setattr(sys, "stdin", io.StringIO("twelve\n12\n"))
    assert main(["quiz", "--diary", str(diary.path), "--student", "Ada"]) == 0
    said = capsys.readouterr().out
    assert "There is no number in 'twelve'" in said and "1 of 1 points" in said
    assert [answer.given for answer in diary.answers("Ada")] == ["12"]


def test_what_was_answered_is_kept_when_one_stops(run, bank, diary):
    first = Sheet(bank[_order(run, bank)[0]], "Ada", 1)
    lines = ["words", "", "a"] if first.self_marked else [typed(first, right_answer(first))]
    said = run("\n".join([*lines, "q"]))
    assert len(diary.answers("Ada")) == 1 and "1 answer(s) of this quiz" in said
    run("")  # nothing comes at all
    assert len(diary.answers("Ada")) == 1


def test_an_exam_tells_at_the_end_and_lets_one_go_back(run, bank, diary):
    said = run("<\n>\n<\n" + "q\n", "--mode", "exam", "--minutes", "30", "--number", "3")
    assert "Time left: 30:00" in said or "Time left: 29:5" in said
    assert said.count("Question 1 of 3") == 3 and said.count("Question 2 of 3") == 1
    assert "All questions once more" in said and said.count("not answered") == 3


def test_standing_and_report(run, diary, tmp_path):
    assert "Nothing was answered yet" in run("", "--progress")
    diary.note(Answered("fixed", 0.0, datetime.now(UTC) - timedelta(days=3), "Ada"))
    said = run("", "--progress", "--lang", "zh")
    assert "Ada的学习进度" in said and "今天待复习1题" in said and "第5号笔记本" in said
    page = tmp_path / "page.html"
    run("", "--report", str(page))
    text = page.read_text("utf-8")
    assert "1 of 11 questions" in text and "data:image/png;base64," in text and "notebook 5" in text
    assert "is there already" in run("", "--report", str(page), status=2)
    run("", "--report", str(page), "--replace", "--lang", "zh", "--student", "<b>")
    text = page.read_text("utf-8")
    assert "&lt;b&gt;的学习进度" in text and "<b>" not in text and 'lang="zh-CN"' in text
    assert "existing folder" in run("", "--report", str(tmp_path / "no" / "page.html"), status=2)


def test_topics_and_bad_options(run):
    assert "clv: customer lifetime value (questions: 11)" in run("", "--list")
    assert "clv：客户终生价值，11题" in run("", "--list", "--lang", "zh")
    assert "topic: must be one of systems" in run("", "--topic", "love", status=2)
    assert "topic: must be one of systems" in run("", "--topic", " , ", status=2)
    assert "mode: must be one of topic" in run("", "--mode", "cram", status=2)
    assert "minutes: must be a whole number from 1 to 600" in run("", "--minutes", "0", status=2)
    assert "Nothing is due" in run("", "--mode", "review")
    assert "There are no questions" in run("", "--topic", "loyalty")


def test_ctrl_c_says_what_is_kept(tmp_path):
    diary = tmp_path / "d.sqlite"
    command = [sys.executable, "-m", "crmsim", "quiz", "--diary", str(diary), "--student", "Ada"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    while "Question 1 of" not in process.stdout.readline():
        assert process.poll() is None
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.strip() == f"crmsim: interrupted; kept in {diary}: 0 answer(s) of this quiz"
