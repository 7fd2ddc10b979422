"""Exam sheets for a class: own orders and numbers, keys that are right and apart, results summed up."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from crmsim.cli import main
from crmsim.errors import CrmsimError, InputError
from crmsim.exercises.bank import load_bank
from crmsim.exercises.exporting.class_list import read_students
from crmsim.exercises.exporting.class_results import read_class
from crmsim.exercises.exporting.exam_sheet import exam_keys, exam_page, key_page, set_exam
from crmsim.exercises.progress import Answered, Progress

BANK = load_bank()
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLASS = ["Ada", "李雷", "=1+1", "<b>Bo</b>"]


@pytest.fixture(scope="module")
def exam():
    return set_exam(BANK, CLASS, title="CRM & more", seed=5, number=40)


def test_all_get_the_same_questions_in_orders_of_their_own(exam):
    asked = {name: [sheet.question.id for sheet in sheets] for name, sheets in exam.sheets.items()}
    assert len({tuple(ids) for ids in asked.values()}) == 1 and len(set(asked["Ada"])) == 40
    assert len({tuple(sheet.order for sheet in sheets) for sheets in exam.sheets.values()}) == len(CLASS)
    assert set_exam(BANK, CLASS, title="CRM & more", seed=5, number=40) == exam
    other = set_exam(BANK, CLASS, title="CRM & more", seed=6, number=40)
    assert [sheet.question.id for sheet in other.sheets["Ada"]] != asked["Ada"]


def test_the_letters_of_the_key_are_those_of_the_sheet(exam):
    keys = exam_keys(exam, "en").set_index(["student", "number"])["key"]
    for number, sheet in enumerate(exam.sheets["Ada"], 1):
        if sheet.question.kind == "single-choice":
            place = "ABCDEFGH".index(keys["Ada", number])
            assert sheet.mark(place, "en").right
        elif sheet.question.kind == "matching":
            letters = [part.split()[1] for part in keys["Ada", number].split(", ")]
            assert sheet.mark(["ABCDEFGH".index(letter) for letter in letters], "en").right
        elif sheet.question.kind == "ordering":
            assert sheet.mark(
                ["ABCDEFGHIJ".index(letter) for letter in keys["Ada", number].split()], "en"
            ).right


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sheets_give_nothing_away_and_hold_no_markup_of_names(exam, lang):
    page = exam_page(exam, lang)
    reasons = [why for sheet in exam.sheets["Ada"] for why in _whys(sheet.question, lang)]
    assert len(reasons) > 60 and not [why for why in reasons if why in page]
    assert "<b>Bo</b>" not in page and "&lt;b&gt;Bo&lt;/b&gt;" in page and "CRM &amp; more" in page
    assert page.count('<hr class="page">') == len(CLASS) - 1
    assert len(re.findall("<b>1.</b>", page)) == len(CLASS)
    keys = key_page(exam, lang)
    assert "<b>Bo</b>" not in keys and all(sheet.question.id in keys for sheet in exam.sheets["Ada"])


def _whys(question, lang):
    parts = [
        *getattr(question, "options", ()),
        *getattr(question, "pairs", ()),
        *getattr(question, "steps", ()),
    ]
    whole = [question] if question.kind in ("true-false", "fill-in", "ordering") else []
    return [part.why.say(lang) for part in (*parts, *whole) if len(part.why.say(lang)) > 12]


def test_no_cell_of_the_keys_is_a_formula(exam):
    cells = exam_keys(exam, "en").astype(str).to_numpy().ravel()
    assert not [cell for cell in cells if cell[0] in "=+-@"]
    assert "'=1+1" in cells


@pytest.mark.parametrize(
    ("students", "values", "said"),
    [
        ([], {}, "students: must be 1 to 1000"),
        (["a", "b", "a"], {}, "students: must be different from one another, got 'a'"),
        (["ada", "bo", "ＡＤＡ"], {}, "students: must be different from one another, got 'ＡＤＡ'"),
        (["a"], {"number": 0}, "number: must be a whole number from 1 to 200"),
        (["a"], {"seed": -1}, "seed: must be a whole number"),
    ],
)
def test_what_cannot_be_set(students, values, said):
    with pytest.raises(InputError, match=said):
        set_exam(BANK, students, title="x", **values)


def test_a_class_is_summed_up(tmp_path):
    first, second = [q.id for q in BANK.of(topics=["clv"], kinds=["single-choice"])][:2]
    ada, bo = Progress(tmp_path / "ada.sqlite"), Progress(tmp_path / "bo.sqlite")
    ada.note(Answered(first, 0.0, NOON, "Ada"))
    ada.note(Answered(first, 1.0, NOON + timedelta(hours=1), "Ada"))
    ada.note(Answered(second, 0.5, NOON, "Ada"))
    ada.note(Answered("gone-from-the-bank", 1.0, NOON, "Ada"))
    bo.note(Answered(first, 1.0, NOON))
    results = read_class([ada.path, bo.path, ada.path], BANK)
    students = results.students.set_index("student")
    assert list(students.index) == ["Ada", "bo"], "a diary without a name goes by its file"
    assert students.loc["Ada", ["answers", "questions", "share"]].tolist() == [3, 2, 0.75]
    shares = results.questions.set_index("question")["share"]
    assert shares[first] == 0.5, "first answers: one wrong, one right"
    with pytest.raises(InputError, match="file: is not there"):
        read_class([tmp_path / "nobody.sqlite"], BANK)
    (tmp_path / "text.sqlite").write_text("no diary " * 400)
    with pytest.raises(CrmsimError, match="answers cannot be kept there"):
        read_class([tmp_path / "text.sqlite"], BANK)


def test_the_login_of_a_computer_room_is_not_one_student(tmp_path):
    diaries = [Progress(tmp_path / f"pc{k}.sqlite") for k in range(3)]
    for hours, diary in enumerate(diaries):
        diary.note(Answered("clv-cac", hours / 2, NOON + timedelta(hours=hours), "student"))
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(diaries[0].path.read_bytes())
    diaries[0].note(Answered("clv-cac", 1.0, NOON + timedelta(days=1), "student"))
    students = read_class([copy, *(diary.path for diary in diaries)], BANK).students
    assert students["student"].tolist() == ["student (copy)", "student (pc1)", "student (pc2)"]
    assert students["answers"].tolist() == [2, 1, 1]


def test_a_student_is_the_same_in_other_writing(tmp_path):
    diary = Progress(tmp_path / "ada.sqlite")
    for hours, name in enumerate(("Ada", " ada", "ＡＤＡ")):
        diary.note(Answered("clv-cac", hours / 2, NOON + timedelta(hours=hours), name))
    assert len(diary.answers("Ada")) == 3
    students = read_class([diary.path], BANK).students
    assert students[["student", "answers"]].to_numpy().tolist() == [["Ada", 3]]


def test_the_command_sets_exports_and_sums_up(tmp_path, capsys):
    names = tmp_path / "class.txt"
    names.write_text("Ada\n\n 李雷 \n", "utf-8")
    out = tmp_path / "exam"
    assert (
        main(["exam", "set", "--students", str(names), "--number", "9", "--out", str(out), "--lang", "zh"])
        == 0
    )
    assert "2份试卷，每份9题" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {"sheets.html", "keys.html", "keys.csv", "manifest.json"}
    assert pd.read_csv(out / "keys.csv")["student"].unique().tolist() == ["Ada", "李雷"]
    assert main(["exam", "set", "--out", str(out)]) == 2
    assert "already holds results" in capsys.readouterr().err
    moodle = tmp_path / "bank.xml"
    arguments = [
        "exam",
        "export",
        "--format",
        "moodle",
        "--topic",
        "clv",
        "--variants",
        "2",
        "--out",
        str(moodle),
    ]
    assert main(arguments) == 0
    assert moodle.read_text("utf-8").count("<idnumber>calc-clv-now-") == 2
    assert main(arguments) == 2 and "is there already" in capsys.readouterr().err
    diary = Progress(tmp_path / "ada.sqlite")
    diary.note(Answered("clv-cac", 1.0, NOON, "Ada"))
    assert main(["exam", "results", str(diary.path), "--out", str(tmp_path / "class")]) == 0
    assert "Ada" in (tmp_path / "class" / "index.html").read_text("utf-8")
    assert main(["exam", "export", "--format", "gift", "--topic", "love", "--out", str(tmp_path / "x")]) == 2
    assert "topic: must be one of systems" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--topic", ","], "topic: must be one of systems"),
        (["--topic", "clv,,love"], "got 'love'"),
        (["--seed", "-1"], "seed: must be a whole number"),
        (["--variants", "0"], "variants: must be a whole number from 1 to 100"),
        (["--variants", "1000000"], "variants: must be a whole number from 1 to 100"),
        (["--format", "anki"], "out: must end in .apkg"),
    ],
)
def test_what_cannot_be_exported(words, said, tmp_path, capsys):
    out = tmp_path / "bank.txt"
    arguments = ["exam", "export", "--format", "gift", "--topic", "clv", "--out", str(out), *words]
    assert main(arguments) == 2 and said in capsys.readouterr().err
    assert not out.exists()


def test_a_folder_is_not_replaced_by_an_export(tmp_path, capsys):
    arguments = ["exam", "export", "--format", "gift", "--topic", "clv", "--out", str(tmp_path), "--replace"]
    assert main(arguments) == 2 and "out: must be a file and not a folder" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_topic_named_twice_is_exported_once(tmp_path):
    once, twice = tmp_path / "once.txt", tmp_path / "twice.txt"
    for out, topics in ((once, "retention"), (twice, " retention，retention, ")):
        assert main(["exam", "export", "--format", "gift", "--topic", topics, "--out", str(out)]) == 0
    assert once.read_bytes() == twice.read_bytes()


def test_a_class_list_without_names_is_refused(tmp_path, capsys):
    names = tmp_path / "class.txt"
    names.write_text("\n  \n", "utf-8")
    assert main(["exam", "set", "--students", str(names), "--out", str(tmp_path / "exam")]) == 2
    assert "a name a line; it has none" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["=1+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "\t=1"])
def test_names_in_the_results_are_no_formulas(tmp_path, name):
    diary = Progress(tmp_path / "diary.sqlite")
    diary.note(Answered("clv-cac", 1.0, NOON, name))
    assert main(["exam", "results", str(diary.path), "--out", str(tmp_path / "class")]) == 0
    for table in ("students", "topics"):
        assert pd.read_csv(tmp_path / "class" / f"{table}.csv")["student"].tolist() == [f"'{name.strip()}"]


def test_tables_of_a_class_open_right_in_a_spreadsheet(tmp_path):
    """Excel takes a file without a mark at its beginning for GB18030 or the like."""
    mark = b"\xef\xbb\xbf"
    for student, marked in (("李雷", True), ("Ada", False)):
        diary, out = Progress(tmp_path / f"{student}.sqlite"), tmp_path / student
        diary.note(Answered("clv-cac", 1.0, NOON, student))
        assert main(["exam", "results", str(diary.path), "--out", str(out)]) == 0
        for table in ("students", "topics"):
            content = (out / f"{table}.csv").read_bytes()
            assert content.startswith(mark) == marked and content.count(mark) == marked
            assert b"\r" not in content
            assert pd.read_csv(out / f"{table}.csv")["student"].tolist() == [student]
        # A class that has sat one exam may sit the next.
        assert read_students(out / "students.csv") == [student]


@pytest.mark.parametrize(
    "text",
    [
        "Ada\n李雷\n", "Ada\r\n李雷", "\n Ada \n\n　李雷　\n\n", "姓名\nAda\n李雷\n", "Name\nAda\n李雷\n",
        "学号,姓名,班级\r\n1,Ada,A\r\n2,李雷,A\r\n", "学生姓名\t成绩\nAda\t90\n李雷\t95\n",
        "No;Student  Name\n1;Ada\n2;李雷\n", "student,answers\nAda,3\n李雷,\n,\n", "Ada,,\n李雷,,\n,,\n",
        '"Ada"\n"李雷"\n',
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a mark"])
def test_the_list_of_a_class(tmp_path, text, mark):
    names = tmp_path / "class.csv"
    names.write_bytes((mark + text).encode())
    assert read_students(names) == ["Ada", "李雷"]


def test_a_comma_may_belong_to_a_name(tmp_path):
    names = tmp_path / "class.txt"
    names.write_text('Lovelace, Ada\n"Turing, Alan"\n', "utf-8")
    assert read_students(names) == ["Lovelace, Ada", "Turing, Alan"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("Ada\n李雷\n".encode("gb18030"), ":2"), ("学号,姓名\n1,李雷\n".encode("gbk"), ":1"),
        ("Ada\nMüller\n".encode("cp1252"), ":2"), ("Ada\n李雷\n".encode("utf-16"), ":1"),
        (b"PK\x03\x04\x14\x00\x06\x00workbook", ""), ("Ada\n".encode("utf-16-le"), ""),
    ],
    ids=["GB18030", "GBK", "Windows", "UTF-16", "workbook", "UTF-16 without mark"],
)  # fmt: skip
def test_a_list_in_another_writing_is_refused_with_how_to_save_it(tmp_path, capsys, content, line):
    names = tmp_path / "class.csv"
    names.write_bytes(content)
    assert main(["exam", "set", "--students", str(names), "--out", str(tmp_path / "exam")]) == 2
    said = capsys.readouterr().err
    assert "students: must be UTF-8 text (in Excel save it as CSV UTF-8, in an editor with the " in said
    assert said.startswith(f"crmsim: {names}{line}: ")
    assert said.count("\n") == 1 and not (tmp_path / "exam").exists()


@pytest.mark.parametrize("text", ["姓名\n", "学号,姓名\n", "学号,姓名\n1,\n", ",,\n"])
def test_a_list_with_a_heading_alone_has_no_names(tmp_path, text):
    names = tmp_path / "class.csv"
    names.write_text(text, "utf-8")
    with pytest.raises(InputError, match="students: must be a file with a name a line; it has none"):
        read_students(names)


def test_collected_files_are_left_as_they_are(tmp_path):
    diary, empty = Progress(tmp_path / "ada.sqlite"), tmp_path / "empty.sqlite"
    diary.note(Answered("clv-cac", 1.0, NOON, "Ada"))
    empty.touch()
    before = diary.path.read_bytes()
    assert len(read_class([diary.path, empty], BANK).students) == 1
    assert empty.read_bytes() == b"" and diary.path.read_bytes() == before
