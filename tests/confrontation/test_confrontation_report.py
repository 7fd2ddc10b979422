"""The page of estimates beside the truth: whole, in both languages, with the figures of the tables."""

from __future__ import annotations

import dataclasses

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
    (said,) = [sentence for sentence in sentences if sentence.startswith("Furthest off")]
    assert say(f"valuation.{furthest}") in said
    assert say("valuation.oracle") not in " ".join(sentences)


@pytest.mark.parametrize("shift", [-0.001, 0.2])
def test_a_lead_that_the_runs_do_not_show_is_called_so(found, shift):
    """Two methods: one is nearly as good as the other, or clearly worse in every run."""
    runs = found.runs.copy()
    errors = runs["measure"] == "total_error"
    place = runs["replication"].rank(method="dense")
    runs.loc[errors & (runs["method"] == "bg_nbd"), "value"] = 0.10 + 0.01 * place
    other = errors & (runs["method"] == "same_again")
    runs.loc[other, "value"] = 0.10 + abs(shift) + 0.01 * place * (1.0 if shift > 0 else 1.5 - place / 4)
    sentences = confrontation_sentences(dataclasses.replace(found, runs=runs))
    said = [sentence for sentence in sentences if "do not show it to be closer" in sentence]
    assert len(said) == (shift < 0)
    assert all(say("valuation.same_again") in s or say("valuation.bg_nbd") in s for s in said)


def test_the_command(tmp_path, capsys):
    out = str(tmp_path / "out")
    options = ["--customers", "80", "--years", "2", "--replications", "2", "--futures", "0", "--workers", "1"]
    assert main(["confront", "retail", "--out", out, *options]) == 0
    assert "Furthest off" in capsys.readouterr().out
    assert main(["confront", "retail", "--out", out, *options]) == 2
    assert "already holds results" in capsys.readouterr().err
