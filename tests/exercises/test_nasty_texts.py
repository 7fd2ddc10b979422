"""Nasty texts go through every export and come out again, read by the other program's own rules."""

from __future__ import annotations

import html
import json
import re
import sqlite3
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from crmsim.exercises.bank import load_bank, read_bank
from crmsim.exercises.calculations import check
from crmsim.exercises.exporting.anki import write_anki
from crmsim.exercises.exporting.exam_sheet import exam_keys, exam_page, key_page, no_formula, set_exam
from crmsim.exercises.exporting.gift import gift_text
from crmsim.exercises.exporting.moodle import moodle_xml
from crmsim.exercises.question import Text
from crmsim.exercises.sheet import Sheet

NASTY = [
    "=cmd|' /C calc'!A0",
    "</script><script>alert(1)</script> ]]> <!-- <b>bold</b> a < b",
    "{a}~b=c#d:e }} ~%100%z",
    r"$x_1$ \(a\) \[b\] \frac{1}{2} \neq \\ \} \#",
    "line one\nline two",
    "\"double\" 'single' “curly” 🙂 ①",
    "%50%half",
    "[html]<i>x</i>",
    "[sound:x.mp3] {{c1::gap}} [$]x[/$]",
    "a*b ** \\* ?",
    "&amp; &lt; &#126; & co",
    "// no comment",
    "{1:SHORTANSWER:=x} {#1}",
    "-1+1 @SUM(1)",
    "C:\\new\\table",
]


def bank_of(tmp_path, text):
    """A bank with a question of several kinds, whose every text is the given one with a number."""
    say = [json.dumps({"en": f"{text} {k}", "zh": f"{text} 中{k}"}, ensure_ascii=False) for k in range(4)]
    gaps = json.dumps({"en": f"{text} ____ and ____", "zh": f"{text} ____ 和 ____"}, ensure_ascii=False)
    gap = json.dumps({"en": f"{text} ____", "zh": f"{text} 填____"}, ensure_ascii=False)
    terms = [json.dumps(f"{text} {word}", ensure_ascii=False) for word in ("one", "two")]
    words = zip(terms, ("one", "two"), strict=True)
    blank = [f"{{accept_en: [{term}], accept_zh: [{word}]}}" for term, word in words]
    head = "entries: [clv], difficulty: 1, notebook: 5"
    slip = f"{{text: {say[0]}, why: {say[1]}}}"
    options = ", ".join(f"{{text: {say[k]}, right: {str(k == 0).lower()}, why: {say[-k]}}}" for k in range(4))
    pairs = ", ".join(f"{{left: {say[k]}, right: {say[-1 - k]}, why: {say[0]}}}" for k in range(4))
    lines = [
        f"- {{id: tf, kind: true-false, {head}, text: {say[0]}, answer: true,"
        f" why: {say[1]}, if_wrong: {say[2]}}}",
        f"- {{id: one, kind: single-choice, {head}, text: {say[0]}, options: [{options}]}}",
        f"- {{id: some, kind: multiple-choice, {head}, text: {say[0]}, options: [{options}]}}",
        f"- {{id: gap, kind: fill-in, {head}, text: {gap}, why: {say[1]}, slips: [{slip}],"
        f" blanks: [{blank[0]}]}}",
        f"- {{id: gaps, kind: fill-in, {head}, text: {gaps}, why: {say[1]}, slips: [{slip}],"
        f" blanks: [{', '.join(blank)}]}}",
        f"- {{id: match, kind: matching, {head}, text: {say[0]}, pairs: [{pairs}]}}",
        f"- {{id: word, kind: definition, {head}, text: {say[0]}, model_answer: {say[1]},"
        f" key_points: [{say[0]}, {say[2]}], slips: [{slip}]}}",
    ]
    path = tmp_path / "nasty.yaml"
    path.write_text("topic: clv\nquestions:\n" + "\n".join(lines) + "\n", "utf-8")
    return read_bank([path])


@pytest.fixture(params=NASTY, ids=range(len(NASTY)))
def case(request, tmp_path):
    bank = bank_of(tmp_path, request.param)
    return request.param, [Sheet(question, "1", 1) for question in bank.questions.values()]


class _Words(HTMLParser):
    """What somebody reads on a page: the text, and lines where paragraphs and breaks end."""

    def __init__(self):
        super().__init__()
        self.said = ""

    def handle_data(self, data):
        self.said += data

    def handle_starttag(self, tag, attrs):
        assert tag in ("p", "br", "pre"), tag
        self.said += "\n" * (tag == "br")


def read(text: str) -> str:
    words = _Words()
    words.feed(text)
    words.close()
    return words.said


# --- GIFT ---------------------------------------------------------------------------------------------------

_FORMATS = ("html", "moodle", "plain", "markdown")


def gift(text: str) -> dict[str, tuple[str, str]]:
    """Read GIFT: by name what is asked, with its format, and what is in the brackets, still held back."""
    found = {}
    for record in text.split("\n\n"):
        if not record.strip() or record.startswith("$CATEGORY:"):
            continue
        held = re.sub(r"\\([\\~=#{}:n])", lambda sign: chr(0xE000 + ord(sign[1])), record.strip())
        assert held.startswith("::") and held.endswith("}")
        name, _, rest = held[2:].partition("::")
        asked, _, answers = rest.partition("{")
        assert answers.count("}") == 1 and "{" not in answers
        found[free(name)] = asked, answers[:-1].strip()
    return found


def free(held: str) -> str:
    text = re.sub("[\ue000-\ue0ff]", lambda sign: chr(ord(sign[0]) - 0xE000).replace("n", "\n"), held)
    return text.strip()


def part(held: str) -> tuple[str, str]:
    """Return the format that a part names, and its text."""
    for name in _FORMATS:
        if held.startswith(f"[{name}]"):
            return name, free(held[len(name) + 2 :])
    return "", free(held)


def weighed(held: str) -> tuple[float, str, str]:
    """Return share, text and feedback of an answer behind its ``=`` (of a term) or ``~``."""
    share = re.match(r"%(-?[0-9]{1,3}(?:\.[0-9]*)?)%", held)
    rest, _, why = held[share.end() if share else 0 :].strip().partition("#")
    return float(share[1]) if share else 100.0, part(rest.strip())[1], part(why.strip())[1]


def plain(text: str) -> str:
    return text.replace("->", "→").strip()


def test_gift_says_what_was_written(case):
    text, sheets = case
    found = gift(gift_text(sheets, ["clv"] * len(sheets), "en"))
    assert set(found) == {"tf", "one", "some", "gap", "gaps", "match", "word"}
    for name in ("tf", "one", "some", "match", "word"):
        assert part(found[name][0].strip()) == ("plain", plain(f"{text} 0")), name
    true = found["tf"][1].split("#")
    assert (true[0], part(true[1])[1], part(true[2])[1]) == ("TRUE", plain(f"{text} 2"), plain(f"{text} 1"))
    for name, right, wrong in (("one", 100.0, 0.0), ("some", 100.0, -100.0)):
        answers = [
            weighed(held[1:]) if held[0] == "~" else (100.0, *weighed("%1%" + held[1:])[1:])
            for held in re.findall("[=~][^=~]*", found[name][1])
        ]
        assert [a[0] for a in answers] == [right, *[wrong] * 3]
        assert [a[1] for a in answers] == [plain(f"{text} {k}") for k in range(4)]
        assert [a[2] for a in answers] == [plain(f"{text} {(4 - k) % 4}") for k in range(4)]
    terms = [weighed(held) for held in found["gap"][1].split("=")[1:]]
    assert [term[1].replace("\\*", "*") for term in terms] == [plain(f"{text} one"), "one"]
    pairs = [held.split("->") for held in found["match"][1].split("=")[1:]]
    assert [part(left.strip())[1] for left, _ in pairs] == [plain(f"{text} {k}") for k in range(4)]
    assert [free(right) for _, right in pairs] == [plain(f"{text} {3 - k}") for k in range(4)]


# --- Moodle XML ---------------------------------------------------------------------------------------------


def cloze(text: str) -> tuple[str, list[list[tuple[str, str]]]]:
    """Read a Cloze text: what stands around the gaps, and of each gap shares and terms."""
    start = r"\{[0-9]*:SHORTANSWER:"
    gaps = []
    while found := re.search(start + r"(.+?)(?<!\\)\}", text, re.DOTALL):
        alternatives = re.split(r"(?<!\\)~", found[1])
        gaps.append([])
        for alternative in alternatives:
            share = re.match(r"=|%-?[0-9]+%", alternative)
            term = html.unescape(alternative[share.end() :]).replace("\\}", "}").replace("\\#", "#")
            gaps[-1].append((share[0], term))
        text = text[: found.start()] + "____" + text[found.end() :]
    return text, gaps


def test_moodle_xml_says_what_was_written(case):
    text, sheets = case
    root = ET.fromstring(moodle_xml(sheets, ["clv"] * len(sheets), "en"))
    found = {q.findtext("idnumber"): q for q in root.iter("question") if q.get("type") != "category"}
    for name in ("tf", "one", "some", "match", "word"):
        assert read(found[name].findtext("questiontext/text")) == f"{text} 0", name
    for name in ("one", "some"):
        answers = [read(answer.findtext("text")) for answer in found[name].findall("answer")]
        assert answers == [f"{text} {k}" for k in range(4)]
        why = [read(answer.findtext("feedback/text")) for answer in found[name].findall("answer")]
        assert why == [f"{text} {(4 - k) % 4}" for k in range(4)]
    pairs = found["match"].findall("subquestion")
    assert [read(pair.findtext("text")) for pair in pairs] == [f"{text} {k}" for k in range(4)]
    assert [pair.findtext("answer/text") for pair in pairs] == [f"{text} {3 - k}" for k in range(4)]
    around, gaps = cloze(found["gaps"].findtext("questiontext/text"))
    assert read(around) == f"{text} ____ and ____"
    for gap, word in zip(gaps, ("one", "two"), strict=True):
        assert [share for share, _ in gap] == ["=", "="]
        assert [term.replace("\\*", "*") for _, term in gap] == [f"{text} {word}", word]


# --- Anki, paper --------------------------------------------------------------------------------------------


def test_anki_cards_say_what_was_written(case, tmp_path):
    pytest.importorskip("genanki")
    text, sheets = case
    write_anki(sheets, ["clv"] * len(sheets), tmp_path / "nasty.apkg", "en")
    with zipfile.ZipFile(tmp_path / "nasty.apkg") as package:
        package.extract("collection.anki2", tmp_path)
    with sqlite3.connect(tmp_path / "collection.anki2") as book:
        cards = dict(book.execute("SELECT guid, flds FROM notes").fetchall())
    for name, fields in cards.items():
        front, back, why, question = fields.split("\x1f")
        assert name == f"{question}-en" and not re.search(r"\[(sound|latex|\$)", fields)
        assert read(front).startswith(f"{text} 0" if "gap" not in name else f"{text} ____")
        assert text in read(back + why)


def test_exam_sheets_say_what_was_written(case, tmp_path):
    text, _ = case
    exam = set_exam(bank_of(tmp_path, text), [text, "Ada"], title=text, number=6)
    for page in (exam_page(exam, "en"), key_page(exam, "zh")):
        body = page[page.index("<body") :]
        assert html.escape(text) in body and "<script>alert" not in body and "<b>bold" not in body
    names = exam_keys(exam, "en")["student"]
    assert names.iloc[0] == no_formula(text) and names.iloc[0][0] not in "=+-@"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"])
def test_no_spreadsheet_takes_a_name_for_a_formula(start):
    assert no_formula(f"{start}1+1").startswith("'")


def test_signs_that_no_file_can_hold_are_left_out(tmp_path):
    pytest.importorskip("genanki")
    question = bank_of(tmp_path, "plain")["word"].model_copy(
        update={"text": Text(en="a\x1fb\x07c\r\nd", zh="中")}
    )
    sheet = Sheet(question, "1", 1)
    root = ET.fromstring(moodle_xml([sheet], ["clv"], "en"))
    assert root.findall("question")[1].findtext("questiontext/text") == "<p>abc<br>d</p>"
    assert part(gift(gift_text([sheet], ["clv"], "en"))["word"][0].strip()) == ("plain", "abc\nd")
    write_anki([sheet], ["clv"], tmp_path / "cards.apkg", "en")
    problem = Sheet(load_bank()["calc-nps"], "A\x0bda", 1)
    assert ET.fromstring(moodle_xml([problem], ["clv"], "en")).findtext("question/idnumber") == "calc-nps-Ada"


@pytest.mark.parametrize("name", ["calc-rfm-cell", "calc-abc-classes", "calc-kaism-cell"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_codes_and_terms_may_be_written_as_the_question_says(name, lang):
    bank = load_bank()
    (sheet,) = [
        Sheet(q, "1", 1)
        for q in bank.of(kinds=["calculation"])
        if q.generator == name.removeprefix("calc-").replace("-", "_")
    ]
    element = ET.fromstring(moodle_xml([sheet], ["tiers"], lang)).findall("question")[1]
    by_share = {100.0: set(), 0.0: set()}
    for answer in element.findall("answer"):
        by_share[float(answer.get("fraction"))].add(answer.findtext("text"))
    right = by_share[100.0]
    value = sheet.problem.answer.value
    assert ({"".join(value), " ".join(value)} if isinstance(value, tuple) else {value}) <= right
    assert all(check(sheet.problem, written).right for written in right)
    assert by_share[0.0] and not any(check(sheet.problem, written).right for written in by_share[0.0])
    from_gift = gift(gift_text([sheet], ["tiers"], lang))
    answers = [weighed(held) for held in next(iter(from_gift.values()))[1].split("=")[1:]]
    assert {term for share, term, _ in answers if share == 100.0} == right
