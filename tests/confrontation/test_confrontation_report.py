"""The page of estimates beside the truth: whole, in both languages, with the figures of the tables."""

from __future__ import annotations

import pandas as pd
import pytest

from crmsim.cli import main
from crmsim.confrontation.confront import confront
from crmsim.confrontation_report import confrontation_sentences, write_confrontation
from crmsim.scenario import preset
from crmsim.text import say


@pytest.fixture(scope="module")
def found():
    town = preset("retail").with_values(customers=150, horizon_days=1080)
    methods = ["same_again", "bg_nbd", "rfm"]
    return confront(town, review_day=540, methods=methods, futures=2, replications=3, workers=1)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_and_tables(found, tmp_path, lang):
    page = write_confrontation(found, tmp_path / "out", lang=lang).read_text(encoding="utf-8")
    for method in found.methods:
        assert say(f"valuation.{method}", lang) in page
    assert page.count("<img") == 2
    table = pd.read_csv(tmp_path / "out" / "measures.csv")
    pd.testing.assert_frame_equal(table, found.table(), check_dtype=False)


def test_the_closest_and_the_furthest_are_named(found):
    totals = found.table().query("measure == 'total_error'").set_index("method")["mean"].abs()
    furthest = totals.drop("oracle").idxmax()
    sentences = confrontation_sentences(found)
    assert say(f"valuation.{furthest}") in sentences[2]
    assert say("valuation.oracle") not in " ".join(sentences)


def test_the_command(tmp_path, capsys):
    out = str(tmp_path / "out")
    options = ["--customers", "80", "--years", "2", "--replications", "2", "--futures", "0", "--workers", "1"]
    assert main(["confront", "retail", "--out", out, *options]) == 0
    assert "Furthest off" in capsys.readouterr().out
    assert main(["confront", "retail", "--out", out, *options]) == 2
    assert "already holds results" in capsys.readouterr().err
