"""Labs in the results of a class: what nbgrader exports is read, summed up and shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from crmsim.cli import main
from crmsim.errors import InputError
from crmsim.exercises.exporting.lab_grades import read_grades
from crmsim.exercises.progress import Answered, Progress

#: As nbgrader writes it: a row for every student and every lab, handed in or not, and nothing in quotes.
HEADER = (
    "assignment,duedate,timestamp,student_id,last_name,first_name,email,"
    "raw_score,late_submission_penalty,score,max_score\n"
)
GRADES = (
    HEADER
    + "04_clv_by_hand,,,ada,,,,10.0,0.0,10.0,10.0\n"
    + "04_clv_by_hand,,,李雷,,,,5.0,0.0,5.0,10.0\n"
    + "04_clv_by_hand,,,bo,,,,0.0,0.0,0.0,10.0\n"
    + "05_grade_customers,,,ada,,,,9.0,6.8,2.2,11.0\n"
    + "05_grade_customers,,2026-03-01 12:00:00,李雷,,,,0.0,0.0,0.0,11.0\n"
    + "05_grade_customers,,,bo,,,,0.0,0.0,0.0,11.0\n"
)


@pytest.fixture
def grades(tmp_path):
    def written(text=GRADES, name="grades.csv"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return written


def test_the_points_of_each_student_in_each_lab(grades):
    table = read_grades([grades()])
    assert list(table.columns) == ["student", "lab", "points", "most", "share"]
    assert table.iloc[0].tolist() == ["ada", "04_clv_by_hand", 10.0, 10.0, 1.0]
    shares = table.set_index(["student", "lab"])["share"]
    assert shares["李雷", "04_clv_by_hand"] == 0.5
    assert shares["ada", "05_grade_customers"] == pytest.approx(0.2), "nbgrader's mark, the penalty deducted"


def test_nothing_handed_in_is_no_zero_but_what_was_noted_with_a_time_is(grades):
    points = read_grades([grades()]).set_index(["student", "lab"])["points"]
    assert points["bo"].isna().all() and points.isna().sum() == 2
    assert points["李雷", "05_grade_customers"] == 0.0


def test_of_two_tables_the_better_result_of_a_student_counts(grades):
    rows = "04_clv_by_hand,,,李雷,,,,8.0,0.0,8.0,10.0\n04_clv_by_hand,,,ada,,,,0.0,0.0,0.0,10.0\n"
    other = grades(HEADER + rows, "zh.csv")
    points = read_grades([grades(), other, other]).set_index(["student", "lab"])["points"]
    assert points["李雷", "04_clv_by_hand"] == 8.0 and points["ada", "04_clv_by_hand"] == 10.0
    assert len(points) == 6


def test_what_gives_no_points_is_left_out(grades):
    assert read_grades([grades(HEADER + "survey,,,ada,,,,0.0,0.0,0.0,0.0\n")]).empty


def test_a_table_from_a_spreadsheet_is_read_too(grades):
    path = grades()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert len(read_grades([path])) == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"grades\.csv:1: columns: must have .*score"),
        (GRADES.replace("max_score", "most"), r"csv:1: columns: must have assignment, .*'max_score'"),
        (HEADER + "04_clv,,,li,lei,,,,5.0,0.0,5.0,10.0\n", r"csv:2: cells: must be 11, .*got 12"),
        (HEADER + "04_clv,,,ada,,,,5.0,0.0,five,10.0\n", r"csv:2: score: must be .*got 'five'"),
        (HEADER + "04_clv,,,ada,,,,5.0,0.0,-1,10.0\n", r"csv:2: score: must be .*got '-1'"),
        (HEADER + "04_clv,,,ada,,,,5.0,0.0,5,inf\n", r"csv:2: max_score: must be .*got 'inf'"),
        (HEADER + "04_clv,,,,,,,5.0,0.0,5.0,10.0\n", r"csv:2: student_id: must be there"),
    ],
)
def test_what_is_no_table_of_grades_is_refused_with_its_line(grades, text, said):
    with pytest.raises(InputError, match=said):
        read_grades([grades(text)])


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_bytes(GRADES.encode("gbk"))
    with pytest.raises(
        InputError, match=r"grades\.csv:\d: file: must be UTF-8 text \(in Excel save it as CSV"
    ):
        read_grades([path])


def results(tmp_path, files, lang="en"):
    """Sum a class up by the command; return the page and the names of the tables."""
    out = tmp_path / f"class_{lang}"
    assert main(["exam", "results", *map(str, files), "--out", str(out), "--lang", lang]) == 0
    return (out / "index.html").read_text("utf-8"), {path.stem for path in out.glob("*.csv")}


def test_the_command_puts_labs_beside_the_quiz(tmp_path, grades):
    diary = Progress(tmp_path / "ada.sqlite")
    diary.note(Answered("clv-cac", 1.0, datetime(2026, 3, 1, tzinfo=UTC), "Ada"))
    page, tables = results(tmp_path, [diary.path, grades()])
    assert tables == {"students", "topics", "questions", "labs"}
    assert "<td>李雷</td>" in page and "5 / 10" in page and "2.2 / 11" in page
    assert page.index("05_grade_customers</td>") < page.index("04_clv_by_hand</td>"), "the weakest first"
    assert '<td>bo</td><td class="">–</td>' in page
    only_quiz, tables = results(tmp_path, [diary.path], "zh")
    assert tables == {"students", "topics", "questions"} and "实验" not in only_quiz


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_labs_alone_are_summed_up(tmp_path, grades, lang):
    page, tables = results(tmp_path, [grades()], lang)
    assert tables == {"labs"}
    assert {"en": "Labs by student", "zh": "各学生的实验得分"}[lang] in page
    assert {"en": "Questions to go through again", "zh": "值得再讲的题目"}[lang] not in page
    labs = pd.read_csv(tmp_path / f"class_{lang}" / "labs.csv")
    assert labs["points"].sum() == pytest.approx(17.2)


def test_names_in_the_table_of_labs_are_no_formulas(tmp_path, grades):
    results(tmp_path, [grades(HEADER + "04_clv,,,=1+1,,,,5.0,0.0,5.0,10.0\n")])
    assert pd.read_csv(tmp_path / "class_en" / "labs.csv")["student"].tolist() == ["'=1+1"]


def test_a_lab_in_which_nobody_has_points_has_no_mean(tmp_path, grades):
    page, _ = results(tmp_path, [grades(HEADER + "04_clv,,,bo,,,,0.0,0.0,0.0,10.0\n")])
    assert '<td>04_clv</td><td class="">0</td><td class="">–</td>' in page and "nan" not in page


def test_where_there_is_nothing_to_sum_up_that_is_said(tmp_path, grades, capsys):
    path = grades(HEADER)
    assert main(["exam", "results", str(path), "--out", str(tmp_path / "class")]) == 2
    assert "answers: must be there" in capsys.readouterr().err
