"""Exports of the bank: complete, the same every time, and nothing in them is taken for anything else."""

from __future__ import annotations

import html
import json
import re
import sqlite3
import zipfile
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from crmsim.exercises.bank import load_bank, read_bank
from crmsim.exercises.exporting.anki import write_anki
from crmsim.exercises.exporting.gift import gift_text
from crmsim.exercises.exporting.moodle import moodle_xml
from crmsim.exercises.exporting.problem_table import problem_table
from crmsim.exercises.question import Text
from crmsim.exercises.sheet import Sheet

BANK = load_bank()
SHEETS = [Sheet(question, "1", 1) for question in BANK.questions.values() if question.kind != "lab"]
TOPICS = [BANK.topics[sheet.question.id] for sheet in SHEETS]
NASTY = 'a~b =c #d {e} :f \\ g -> h <script>x</script> & " } } ~%100%z'
#: What Moodle accepts as shares of the points, in per cent.
FRACTIONS = {
    100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5,
    11.11111, 10, 5, 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def nasty(tmp_path_factory):
    """One question of several kinds whose every text holds the special signs of all formats."""
    text = json.dumps({"en": NASTY, "zh": "中" + NASTY})
    more = [json.dumps({"en": f"{NASTY} {k}", "zh": f"中{NASTY} {k}"}) for k in range(4)]
    term = json.dumps(NASTY)
    head = "entries: [clv], difficulty: 1, notebook: 5"
    slip = f"{{text: {text}, why: {text}}}"
    gaps = json.dumps({"en": f"{NASTY} ____", "zh": f"中{NASTY} ____"})
    options = ", ".join(f"{{text: {more[k]}, right: {str(k == 0).lower()}, why: {text}}}" for k in range(4))
    pairs = ", ".join(f"{{left: {more[k]}, right: {more[-1 - k]}, why: {text}}}" for k in range(4))
    lines = [
        f"- {{id: tf, kind: true-false, {head}, text: {text}, answer: true, why: {text}, if_wrong: {text}}}",
        f"- {{id: one, kind: single-choice, {head}, text: {text}, options: [{options}]}}",
        f"- {{id: some, kind: multiple-choice, {head}, text: {text}, options: [{options}]}}",
        f"- {{id: gap, kind: fill-in, {head}, text: {gaps}, why: {text}, slips: [{slip}],"
        f" blanks: [{{accept_en: [{term}], accept_zh: [{term}]}}]}}",
        f"- {{id: match, kind: matching, {head}, text: {text}, pairs: [{pairs}]}}",
        f"- {{id: word, kind: definition, {head}, text: {text}, model_answer: {text},"
        f" key_points: [{text}, {text}], slips: [{slip}]}}",
    ]
    path = tmp_path_factory.mktemp("bank") / "nasty.yaml"
    path.write_text("topic: clv\nquestions:\n" + "\n".join(lines) + "\n", "utf-8")
    return [Sheet(question, "1", 1) for question in read_bank([path]).questions.values()]


def moodle(sheets, topics, lang="en"):
    root = ET.fromstring(moodle_xml(sheets, topics, lang))
    return {q.findtext("idnumber"): q for q in root.iter("question") if q.get("type") != "category"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_moodle_has_every_question_with_its_key(lang):
    found = moodle(SHEETS, TOPICS, lang)
    assert len(found) == len(SHEETS)
    kinds = Counter(question.get("type") for question in found.values())
    assert set(kinds) == {
        "truefalse",
        "multichoice",
        "cloze",
        "matching",
        "essay",
        "numerical",
        "shortanswer",
    }
    for sheet in SHEETS:
        name = sheet.question.id + ("-1" if sheet.problem else "")
        element = found[name]
        fractions = [
            float(answer.get("fraction")) for answer in element.iter("answer") if answer.get("fraction")
        ]
        assert {abs(fraction) for fraction in fractions} <= FRACTIONS, name
        if element.get("type") in ("truefalse", "numerical"):
            assert fractions.count(100) == 1, name
        elif element.get("type") == "shortanswer":
            assert fractions.count(100) > 1, f"{name}: only one way to write it"
        elif element.get("type") == "multichoice":
            assert sum(f for f in fractions if f > 0) == pytest.approx(100, abs=1e-3), name
        elif element.get("type") == "essay":
            assert len(element.findtext("graderinfo/text")) > 20, name


def test_a_numerical_question_knows_the_result_and_the_usual_slips():
    sheet = Sheet(BANK["calc-clv-if-renewed"], "1", 1)
    element = moodle([sheet], ["clv"])["calc-clv-if-renewed-1"]
    answers = [(float(a.get("fraction")), float(a.findtext("text"))) for a in element.findall("answer")]
    assert answers[0] == (100, pytest.approx(sheet.problem.answer.value, rel=1e-9))
    assert len(answers) == 1 + len(sheet.problem.slips)
    assert float(element.findtext("answer/tolerance")) == pytest.approx(sheet.problem.answer.tolerance)


def test_markup_and_signs_of_moodle_are_harmless(nasty):
    found = moodle(nasty, ["clv"] * len(nasty))
    assert html.unescape(found["tf"].findtext("questiontext/text")) == f"<p>{NASTY}</p>"
    formatted = [e for question in found.values() for e in question.iter() if e.get("format") == "html"]
    as_html = [element.findtext("text") for element in formatted]
    assert len(as_html) > 20 and not [text for text in as_html if "<script" in text]
    gap = found["gap"].findtext("questiontext/text")
    inside = gap[gap.index("{1:SHORTANSWER:") : gap.rindex("}") + 1]
    assert not re.search(r"(?<!\\)}", inside[:-1]), "an unescaped bracket would end the gap"
    assert len(re.findall(r"(?<!\\)~", inside)) == 1, "one more accepted answer, not three"


def test_the_table_of_a_calculation_holds_no_markup():
    problem = Sheet(BANK["calc-nps"], "1", 1).problem
    bold = Text(en="<b>10</b> & more", zh="<b>10</b>分")
    marked = replace(problem, table=replace(problem.table, rows=((bold, bold),)))
    assert "<tr><td>&lt;b&gt;10&lt;/b&gt; &amp; more</td>" in problem_table(marked, "en")
    assert "<b>" not in problem_table(marked, "zh")


def unescaped(text: str) -> str:
    return re.sub(r"\\([\\~=#{}:])", r"\1", text)


def gift_questions(text: str) -> dict[str, tuple[str, str]]:
    """Read GIFT by its own rules: name, what is asked, and what stands in the brackets."""
    plain = r"(?:\\.|[^\\~=#{}:])"
    pattern = rf"^::({plain}+)::({plain}*?) \{{((?:\\.|[^\\{{}}])*)\}}$"
    return {unescaped(m[1]): (unescaped(m[2]), m[3]) for m in re.finditer(pattern, text, re.M | re.S)}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_gift_has_every_question(lang):
    found = gift_questions(gift_text(SHEETS, TOPICS, lang))
    assert set(found) == {s.question.id + ("-1" if s.problem else "") for s in SHEETS}
    for sheet in SHEETS:
        answers = found[sheet.question.id + ("-1" if sheet.problem else "")][1]
        if sheet.question.kind == "single-choice":
            assert len(re.findall(r"^=", answers, re.M)) == 1, sheet.question.id
            assert len(re.findall(r"^~", answers, re.M)) == len(sheet.question.options) - 1


def test_signs_of_gift_are_harmless(nasty):
    found = gift_questions(gift_text(nasty, ["clv"] * len(nasty), "en"))
    assert set(found) == {"tf", "one", "some", "gap", "match", "word"}
    assert found["tf"][0] == "[plain]" + NASTY.replace("->", "→")
    assert len(re.findall(r"(?<!\\)[=~]", found["one"][1])) == 4
    assert len(re.findall(r"->", found["match"][1])) == 4


def notes(path):
    with zipfile.ZipFile(path) as package:
        package.extract("collection.anki2", path.parent)
    with sqlite3.connect(path.parent / "collection.anki2") as book:
        return dict(book.execute("SELECT guid, flds FROM notes").fetchall())


def test_anki_has_a_card_a_question_and_the_same_bytes_every_time(tmp_path, nasty):
    pytest.importorskip("genanki")
    write_anki(SHEETS, TOPICS, tmp_path / "a.apkg", "zh")
    write_anki(SHEETS, TOPICS, tmp_path / "b.apkg", "zh")
    assert (tmp_path / "a.apkg").read_bytes() == (tmp_path / "b.apkg").read_bytes()
    assert set(notes(tmp_path / "a.apkg")) == {f"{sheet.question.id}-zh" for sheet in SHEETS}
    write_anki(nasty, ["clv"] * len(nasty), tmp_path / "nasty.apkg", "en")
    assert all("<script>" not in fields for fields in notes(tmp_path / "nasty.apkg").values())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_texts_are_the_same_every_time(lang):
    assert moodle_xml(SHEETS, TOPICS, lang) == moodle_xml(SHEETS, TOPICS, lang)
    assert gift_text(SHEETS, TOPICS, lang) == gift_text(SHEETS, TOPICS, lang)
