"""The screen of satisfaction: expectations rise, delight fades, surveys mishear, and the screen follows."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmsim.dashboards.panel_state import NothingToShow
from crmsim.dashboards.satisfaction_panel import SatisfactionPanel
from crmsim.dashboards.satisfaction_state import EARLY, END, LOOKS, START, TAKEN_AWAY, SatisfactionState
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.metrics.satisfaction import satisfaction_forms
from crmsim.metrics.satisfaction_path import PURCHASE_CLASSES, active_forms, forms_by_purchases
from crmsim.model.expectation import adapt_expectation
from crmsim.scenario import preset
from crmsim.stages import Status

SMALL = SatisfactionState(customers=150, replications=3)


# -- looks -----------------------------------------------------------------------------------------


def test_a_look_has_who_is_there_and_the_two_forms():
    ledger = simulate(preset("retail").with_values(customers=100, horizon_days=720), seed=2, log=False)
    forms, every = active_forms(ledger), satisfaction_forms(ledger)
    people = ledger.customers
    assert forms.index.tolist() == people["number"][people["status"] == Status.ACTIVE].tolist()
    assert 0 < len(forms) < len(every)
    assert forms["difference"].to_numpy() == pytest.approx(forms["perceived"] - forms["expected"])
    assert forms["ratio"].to_numpy() == pytest.approx(forms["perceived"] / forms["expected"])
    assert forms["purchases"].tolist() == people["n"][forms.index].tolist()


def test_classes_of_purchases_hold_every_look_once():
    numbers = [1, 2, 3, 5, 6, 11, 12, 23, 24, 47, 48, 500]
    values = np.arange(12.0)
    look = pd.DataFrame(
        {"expected": values, "perceived": values, "difference": values, "ratio": values, "purchases": numbers}
    )
    table = forms_by_purchases([look, look])
    assert table.index.tolist() == list(PURCHASE_CLASSES)
    assert table["looks"].tolist() == [4] * 6
    assert table["expected"].tolist() == [0.5, 2.5, 4.5, 6.5, 8.5, 10.5]


def test_a_survey_that_nobody_answers_is_a_dash_and_no_number():
    result = SMALL.run()
    silent = pd.Series({"answered": 0.0}).reindex(result.bias.index)
    lives = tuple((plain, replace(stepped, bias=silent)) for plain, stepped in result.lives)
    result = replace(result, lives=lives)
    assert "hears – % satisfied" in result.in_words and "nan" not in result.in_words


# -- what the model says ---------------------------------------------------------------------------


def test_expectations_rise_with_purchases_unless_they_never_change():
    rising = replace(SMALL, preset="b2b").run().by_purchases["expected_plain"].dropna()
    assert (rising.diff().dropna() > 0).all()
    still = replace(SMALL, preset="b2b", expectations=0).run().by_purchases["expected_plain"].dropna()
    assert np.ptp(still) < 0.02 < np.ptp(rising)


def test_delight_fades_because_expectation_catches_up():
    usual, still = SMALL.run(), replace(SMALL, expectations=0).run()
    assert usual.lift(EARLY).low > 0 and usual.lift(END).mean < usual.lift(EARLY).mean
    assert still.lift(END).mean > still.lift(EARLY).mean > usual.lift(EARLY).mean
    gap = usual.path["expected"] - usual.plain["expected"]
    assert gap[START] == 0 and gap[EARLY] > 0 and gap[END] > gap[EARLY]


def test_what_is_taken_away_is_missed():
    result = replace(SMALL, withdrawn=True).run()
    assert result.lift(TAKEN_AWAY).low > 0 > result.lift(END).high
    forever = SMALL.run()
    before = [day for day in LOOKS if day <= TAKEN_AWAY]
    assert result.path.loc[before].equals(forever.path.loc[before]), "until then it is the same life"


def test_before_the_step_both_lives_are_the_same_and_without_one_always():
    result = SMALL.run()
    before = [day for day in LOOKS if day <= START]
    assert result.path.loc[before].equals(result.plain.loc[before])
    none = replace(SMALL, quality=0.0).run()
    assert none.path.equals(none.plain)
    assert none.lift(END) == (0.0, 0.0, 0.0, 3)


def test_the_pace_of_expectations_is_that_of_the_formula():
    """At double pace a customer who met 1.2 expects twice as much more."""
    world = preset("telecom").experience
    one, two = (adapt_expectation(1.0, 1.2, 1.0, k * world.adapt_up, 0.0, 0.0) for k in (1, 2))
    assert two - 1 == pytest.approx(2 * (one - 1))
    slow, fast = (replace(SMALL, expectations=pace).run().path["expected"][EARLY] for pace in (50, 200))
    assert slow < SMALL.run().path["expected"][EARLY] < fast


# -- the result ------------------------------------------------------------------------------------


def test_the_last_look_is_the_end_of_the_whole_run():
    """A look on a day is the whole run up to it: means of c agree with the books of the same run."""
    result = SMALL.run()
    life = result.lives[0][1]
    for place in (5, len(LOOKS) - 1):
        assert life.looks[place]["ratio"].mean() == pytest.approx(life.truth.loc[LOOKS[place], "ratio"])


def test_the_lift_is_paired_and_in_the_form_chosen():
    ratio, difference = SMALL.run(), replace(SMALL, form="difference").run()
    place = LOOKS.index(END)
    for result, form in ((ratio, "ratio"), (difference, "difference")):
        lifts = [
            both[1].looks[place][form].mean() - both[0].looks[place][form].mean() for both in result.lives
        ]
        assert result.lift(END).mean == pytest.approx(np.mean(lifts)) and result.lift(END).n == 3
    assert ratio.lift(END).mean != difference.lift(END).mean


def test_what_the_survey_hears_splits_into_silence_and_error():
    bias = SMALL.run().bias
    assert bias["answers"] - bias["truth"] == pytest.approx(bias["non_response_bias"] + bias["survey_error"])
    assert 0 < bias["answered"] < bias["asked"]
    assert SMALL.run().misheard.mean == pytest.approx(bias["answers"] - bias["truth"])
    assert SMALL.run().misheard.n == 3


def test_quality_is_felt_as_reliability_and_contact_as_empathy():
    plain, stepped = SMALL.run().lives[0]
    assert stepped.gaps.loc["reliability", "gap"] > plain.gaps.loc["reliability", "gap"]
    caring = replace(SMALL, quality=0.0, programmes=2.0).run().gaps
    assert caring["gap"].idxmax() == "empathy"


@pytest.mark.parametrize(
    "change",
    [{"quality": 0.4}, {"programmes": -1.0}, {"expectations": 300}, {"form": "sum"}, {"withdrawn": 1}],
)
def test_choices_that_cannot_be_are_refused(change):
    with pytest.raises(InputError, match=f"^{next(iter(change))}: must be "):
        replace(SMALL, **change)


def test_nobody_left_is_a_sentence(monkeypatch):
    both = SMALL.run().lives[0]
    gone = replace(both[0], looks=(*both[0].looks[:-1], both[0].looks[-1].iloc[:0]))
    monkeypatch.setattr("crmsim.dashboards.satisfaction_state._lives", lambda *_: gone)
    with pytest.raises(NothingToShow) as refused:
        SMALL.run()
    assert "客户已全部流失" in refused.value.sentence("zh")


# -- the screen ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_is_drawn_and_said_in_both_languages(lang, recwarn):
    result = replace(SMALL, lang=lang, withdrawn=True, form="difference").run()
    result.figure.canvas.draw()
    assert len(result.figure.axes) == 4 and "nan" not in result.in_words
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_the_screen_follows_its_controls_and_speaks_both_languages():
    panel = SatisfactionPanel(SMALL)
    picture, lifts = bytes(panel.image.value), panel.texts["lifts"].value
    assert "95 % interval" in lifts and "nan" not in panel.texts["table"].value
    panel.controls["expectations"].value = 0
    assert bytes(panel.image.value) != picture and panel.texts["lifts"].value != lifts
    panel.controls["form"].value = "difference"
    assert "b − a" in panel.texts["lifts"].value
    panel.controls["lang"].value = "zh"
    assert "最后一次调查" in panel.texts["lifts"].value and "looks" not in panel.texts["table"].value
    panel.controls["quality"].value, panel.controls["programmes"].value = 0.0, 0.0
    assert panel.up_to_date and panel.error.value == ""


def test_lives_that_are_known_are_not_run_again(monkeypatch):
    SMALL.run()
    monkeypatch.setattr("crmsim.dashboards.satisfaction_state.simulate", None)
    replace(SMALL, form="difference", lang="zh").run()


def test_the_parts_of_what_the_survey_mishears_add_up_as_they_are_written():
    """Rounded to whole points they would not, and one could be a zero with a minus sign."""
    panel = SatisfactionPanel(replace(SMALL, withdrawn=True))
    text = panel.texts["lifts"].value.replace("\N{MINUS SIGN}", "-")
    gap, silence, error = map(
        float, re.search(r"difference is (\S+) points .*: (\S+) come .* and (\S+) from", text).groups()
    )
    assert gap == pytest.approx(silence + error, abs=0.11)
    assert "-0.0 " not in text and "+0.0 " not in text
