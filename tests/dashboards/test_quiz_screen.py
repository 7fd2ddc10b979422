"""The quiz's screen without a browser: every kind answered, both languages, an exam, and what is typed."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import UTC, datetime, timedelta

import ipywidgets as W
import pytest
from quiz_bank import every_kind, right_answer

import crmsim.dashboards.quiz_claim as quiz_claim
from crmsim.dashboards.quiz_answers import answer_box
from crmsim.dashboards.quiz_panel import QuizPanel
from crmsim.exercises.claims import run_claim
from crmsim.exercises.marking import SELF_MARKED
from crmsim.exercises.progress import Progress
from crmsim.exercises.sheet import Sheet

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MACHINE = ("tf", "one", "some", "gaps", "match", "order", "own", "fixed")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return every_kind(tmp_path_factory.mktemp("bank"))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def panel(tmp_path, bank, clock):
    diary = Progress(tmp_path / "diary.sqlite")
    return QuizPanel(student="Ada", bank=bank, diary=diary, clock=clock)


def begin(panel: QuizPanel, mode: str = "topic", **values) -> QuizPanel:
    panel.form.mode.value = mode
    panel.form.number.value = 50
    for name, value in values.items():
        getattr(panel.form, name).value = value
    panel.form.begin.click()
    assert panel.error.value == ""
    return panel


def go_to(panel: QuizPanel, name: str) -> None:
    while panel.quiz.sheet.question.id != name:
        panel.skip.click()


def fill(panel: QuizPanel, answer) -> None:
    """Do with the widgets what gives an answer, in places of the sheet."""
    fields, kind = panel.box.fields, panel.quiz.sheet.question.kind
    if kind == "multiple-choice":
        for place, field in enumerate(fields):
            field.value = place in answer
    elif kind in ("fill-in", "matching"):
        for field, value in zip(fields, answer, strict=True):
            field.value = value
    elif kind == "ordering":
        for place, step in enumerate(answer):
            fields[step].value = place
    else:
        fields[0].value = answer


def wrong_answer(sheet):
    right = right_answer(sheet)
    if sheet.question.kind == "true-false":
        return not right
    if sheet.question.kind == "single-choice":
        return (right + 1) % 3
    if sheet.question.kind == "multiple-choice":
        return [place for place in range(4) if place not in right]
    if sheet.question.kind == "fill-in":
        return ["price", "<script>alert(1)</script>"]
    if sheet.question.kind in ("matching", "ordering"):
        return [*right[1:], right[0]]
    return "12345"


def all_html(widget: W.Widget) -> str:
    """Return everything that a browser would take for markup."""
    own = widget.value if isinstance(widget, W.HTML) else ""
    assert not getattr(widget, "description_allow_html", False)
    return own + "".join(all_html(child) for child in getattr(widget, "children", ()))


def shown(panel: QuizPanel) -> str:
    return all_html(panel.body)


@pytest.mark.parametrize("name", MACHINE)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_right_answer_of_every_kind(panel, name, lang):
    panel.language.value = lang
    begin(panel)
    go_to(panel, name)
    fill(panel, right_answer(panel.quiz.sheet))
    panel.primary.click()
    assert panel.quiz.marks[panel.quiz.place].right
    assert {"en": "✓ Right.", "zh": "✓ 回答正确。"}[lang] in panel.told.value
    assert 'role="status"' in panel.told.value
    assert all(field.disabled for field in panel.box.fields)
    place = panel.quiz.place
    panel.primary.click()
    assert panel.quiz.place == place + 1


@pytest.mark.parametrize("name", MACHINE)
def test_a_wrong_answer_of_every_kind_is_told_in_words(panel, name):
    begin(panel)
    go_to(panel, name)
    fill(panel, wrong_answer(panel.quiz.sheet))
    panel.primary.click()
    assert panel.quiz.marks[panel.quiz.place].score == 0
    assert "✗ Not right." in panel.told.value
    assert ("○ Missing:" in panel.told.value) or name == "tf"
    assert "<script>" not in shown(panel) and "..<" not in shown(panel)
    panel.language.value = "zh"
    assert "✗ 回答不正确。" in panel.told.value and "Not right" not in panel.told.value


def test_a_list_says_that_nothing_is_chosen_yet(panel):
    """A browser shows an empty line for the value None."""
    begin(panel)
    for name in ("match", "order"):
        box = answer_box(Sheet(panel.bank[name], "Ada", 1), "en")
        assert {field.label for field in box.fields} == {"(choose)"} and all(
            field.index == 0 for field in box.fields
        )


@pytest.mark.parametrize("name", MACHINE)
def test_no_answer_costs_nothing_and_helps(panel, name):
    begin(panel)
    go_to(panel, name)
    place = panel.quiz.place
    panel.primary.click()
    assert panel.quiz.marks == {} and panel.quiz.place == place
    assert re.search(r'role="alert">[A-Z].{20,}\.<', panel.told.value)
    assert not panel.box.fields[0].disabled


@pytest.mark.parametrize("name", ["define", "explain", "debate"])
def test_own_words_are_compared_with_the_model_and_pointed_by_oneself(panel, name):
    begin(panel)
    go_to(panel, name)
    assert panel.points is None and "Model answer" not in shown(panel)
    panel.box.fields[0].value = "<b>mine</b>"
    panel.primary.click()
    assert panel.points is not None and "which of these points" in shown(panel)
    panel.points.fields[0].value = True
    panel.primary.click()
    share = {"define": 0.5, "explain": 0.75, "debate": 0.5}[name]
    assert panel.quiz.marks[panel.quiz.place].score == share
    assert panel.diary.answers("Ada")[0].given == "<b>mine</b>"
    assert "<b>mine" not in shown(panel) and f"{100 * share:.0f} %" in panel.told.value


@pytest.mark.parametrize("name", [*MACHINE, "define"])
def test_the_language_can_be_switched_with_a_half_written_answer(panel, name):
    begin(panel)
    go_to(panel, name)
    sheet = panel.quiz.sheet
    fill(panel, "half" if sheet.question.kind in SELF_MARKED else right_answer(sheet))
    if len(panel.box.fields) > 2:
        untouched = answer_box(sheet, "en").draft
        panel.box.fields[1].value = untouched[1]
    draft = panel.box.draft
    for lang in ("zh", "en"):
        panel.language.value = lang
        assert panel.box.draft == draft and panel.box.lang == lang
        assert html.escape(sheet.text(lang).partition("____")[0]) in panel.text.value
    assert panel.quiz.marks == {}


def test_the_form_says_what_is_missing_and_keeps_what_is_chosen(panel):
    panel.form.student.value = "  "
    panel.form.begin.click()
    assert "Write a name" in panel.error.value and panel.quiz is None
    panel.form.student.value = "<b>Bo</b>"
    panel.form.topics["clv"].value = False
    panel.language.value = "zh"
    panel.form.begin.click()
    assert "至少选择一个专题" in panel.error.value and panel.form.student.value == "<b>Bo</b>"
    panel.form.topics["clv"].value = True
    panel.form.mode.value = "review"
    panel.form.begin.click()
    assert "没有到期" in panel.error.value and panel.quiz is None
    assert panel.form.minutes.layout.display == "none"
    panel.form.mode.value = "exam"
    panel.language.value = "en"
    assert panel.form.minutes.layout.display is None and panel.form.mode.value == "exam"
    panel.form.begin.click()
    assert panel.quiz.mode == "exam" and panel.error.value == ""


def test_an_exam_says_nothing_before_its_end_and_lets_one_go_back(panel):
    begin(panel, "exam")
    assert panel.back.disabled
    fill(panel, wrong_answer(panel.quiz.sheet))
    first = panel.box.draft
    panel.primary.click()
    assert panel.quiz.place == 1 and "Not right" not in shown(panel)
    fill(panel, right_answer(panel.quiz.sheet))
    panel.skip.click()  # written, but not handed in
    panel.back.click()
    assert panel.quiz.marks.keys() == {0} and panel.box.given is not None
    panel.back.click()
    assert panel.box.draft == first and "is kept" in panel.told.value
    fill(panel, right_answer(panel.quiz.sheet))
    panel.primary.click()
    panel.finish.click()
    assert panel.quiz.result().points == 1
    assert shown(panel).count("<details>") == len(panel.quiz.sheets) == len(MACHINE)
    assert "✓ Right." in shown(panel) and "not answered" in shown(panel)
    panel.language.value = "zh"
    assert "✓ 回答正确。" in shown(panel) and "未作答" in shown(panel)
    panel.again.click()
    assert panel.quiz is None and panel.form in panel.body.children


def test_the_time_runs_and_is_up(panel, clock):
    begin(panel, "exam", minutes=2)
    assert "2:00" in panel.time.value
    clock.now += timedelta(seconds=61)
    panel.tick()
    assert "0:59" in panel.time.value
    fill(panel, right_answer(panel.quiz.sheet))
    panel.primary.click()
    fill(panel, right_answer(panel.quiz.sheet))
    clock.now += timedelta(seconds=60)
    panel.primary.click()
    assert "The time is up" in shown(panel) and panel.quiz.result().points == 1
    assert len(panel.diary.answers("Ada")) == 1


def test_the_time_ends_an_exam_of_its_own_accord(panel, clock):
    async def sit() -> None:
        begin(panel, "exam", minutes=1)
        await asyncio.sleep(0.01)
        assert "1:00" in panel.time.value
        clock.now += timedelta(minutes=2)
        for _ in range(40):
            await asyncio.sleep(0.05)
            if panel.box is None:
                return

    asyncio.run(sit())
    assert "The time is up" in shown(panel)


def test_what_goes_wrong_becomes_a_sentence(panel, tmp_path):
    begin(panel)
    go_to(panel, "one")
    panel.diary.path = tmp_path  # a folder
    fill(panel, 0)
    panel.primary.click()
    assert "answers cannot be kept there" in panel.error.value and 'role="alert"' in panel.error.value


def test_what_to_read_and_markup_of_the_bank(panel):
    begin(panel)
    go_to(panel, "tf")
    fill(panel, False)
    panel.primary.click()
    text = shown(panel)
    assert "Notebook 5 shows it." in text and "Customer lifetime value" in text
    assert "<b>that</b>" not in text and "&lt;b&gt;that" in text


@pytest.mark.parametrize(("truth", "said"), [(False, "they agree"), (True, "do not agree")])
def test_a_claim_is_run_with_the_students_seed(panel, monkeypatch, truth, said):
    def small(question, seed, progress=None):
        return run_claim(question, seed, customers=300, replications=3, workers=1, progress=progress)

    monkeypatch.setattr(quiz_claim, "run_claim", small)
    begin(panel, seed=7)
    go_to(panel, "tf")
    question = panel.quiz.sheet.question
    fill(panel, False)
    panel.primary.click()
    claim = next(child for child in panel.body.children if isinstance(child, quiz_claim.ClaimBox))
    claim.question = question.model_copy(update={"answer": truth})
    claim.run.click()
    assert claim.evidence.result.seed == 7 and claim.evidence.verdict == "false"
    assert said in claim.words.value and "[" in claim.words.value
    assert bytes(claim.image.value)[:4] == b"\x89PNG" and claim.image.layout.display is None
    panel.language.value = "zh"
    assert claim in panel.body.children
    assert CHINESE.search(claim.words.value) and said not in claim.words.value


def test_progress_has_its_page_in_both_languages_and_sizes(panel):
    begin(panel)
    go_to(panel, "fixed")
    fill(panel, "7")
    panel.primary.click()
    panel.page.value = "progress"
    small = bytes(panel.image.value)
    assert "1 of 11 questions" in panel.above.value and "notebook 5" in panel.below.value
    panel.text_size.value = "projector"
    large = bytes(panel.image.value)
    assert len(large) > len(small) and "crmsim-projector" in panel._dom_classes
    panel.language.value = "zh"
    assert "共11题" in panel.above.value and bytes(panel.image.value) != large
    assert panel.page.value == "progress"
    panel.page.value = "quiz"
    assert panel.quiz.sheet.question.id == "fixed" and "✗ 回答不正确。" in panel.told.value
