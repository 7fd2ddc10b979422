"""``crmsim datasets``: what it prints, and what it refuses."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from crmsim.cli import main
from crmsim.datasets import build, dataset_names, description
from crmsim.datasets.public import PUBLIC


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_list_names_every_set(lang, capsys):
    assert main(["datasets", "list", "--lang", lang]) == 0
    printed = capsys.readouterr().out
    assert set(re.findall(r"^  (\w+)", printed, re.MULTILINE)) == {*dataset_names(), *PUBLIC}
    assert ("电信合同" in printed) == (lang == "zh")


@pytest.mark.parametrize(
    ("lang", "barrier", "bill"),
    [("en", "number +logit +switching barrier", "text"), ("zh", "数值 +对数几率 +转换壁垒", "文本")],
)
def test_show_prints_columns_with_units(lang, barrier, bill, capsys):
    assert main(["datasets", "show", "telecom", "--lang", lang]) == 0
    printed = capsys.readouterr().out
    assert re.search(rf"^   barrier +{barrier}$", printed, re.MULTILINE)
    assert re.search(rf"^ \* bill +{bill}", printed, re.MULTILINE)
    assert "CNY" in printed and "2024-01-01" in printed
    assert str(description.FOLDER) in printed


@pytest.mark.parametrize("name", dataset_names())
def test_types_and_units_are_told_in_chinese(name, capsys):
    assert main(["datasets", "show", name, "--lang", "zh"]) == 0
    for line in capsys.readouterr().out.splitlines():
        cells = re.split(r" {2,}", line.strip("* "))
        if len(cells) == 4:
            assert not re.search("[A-Za-z]", cells[1] + cells[2]), line


def test_build_says_what_it_has_changed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(description, "FOLDER", tmp_path)
    monkeypatch.setattr(build, "dataset_files", lambda: {"b2b/accounts.csv": "account\n", "README.md": "#\n"})
    assert main(["datasets", "build"]) == 0
    assert capsys.readouterr().out == "2 files were new or different: b2b/accounts.csv, README.md\n"
    assert main(["datasets", "build"]) == 0
    assert capsys.readouterr().out == f"every file is as it was, to the byte: {tmp_path}\n"


def test_fetch_says_how_the_file_was_checked(tmp_path, capsys, monkeypatch):
    source = tmp_path / "there.csv"
    source.write_text("a\n1\n2\n", encoding="utf-8")
    item = PUBLIC["wholesale"]._replace(
        url=source.as_uri(), file="w.csv", sha256=None, rows=2, read=pd.read_csv
    )
    monkeypatch.setitem(PUBLIC, "wholesale", item)
    cache = ["--cache", str(tmp_path / "cache")]
    assert main(["datasets", "fetch", "wholesale", *cache]) == 0
    first = capsys.readouterr().out
    assert first.startswith("wholesale: 2 rows, ") and "on record now" in first
    assert main(["datasets", "fetch", "wholesale", *cache, "--lang", "zh"]) == 0
    assert "校验和与首次下载一致" in capsys.readouterr().out
    assert main(["datasets", "fetch", "wholesale", "--file", str(source)]) == 0
    assert "nobody has published a checksum; columns" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "retial"], "dataset: must be one of shop, retail"),
        (["fetch", "amazon"], "name: must be one of cdnow, "),
        (
            ["fetch", "cdnow", "--file", "nowhere.txt"],
            "file: must be the data file CDNOW_master.txt",
        ),
    ],
)
def test_bad_input_is_one_line_and_status_2(words, message, capsys):
    assert main(["datasets", *words]) == 2
    assert message in capsys.readouterr().err
