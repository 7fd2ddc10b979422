"""Labs 6 to 10: solutions pass, empty answers and typical mistakes are told what is the matter."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit

from crmsim.comparison import Interval, mean_interval, paired_interval
from crmsim.exercises.bank import load_bank
from crmsim.queueing import mean_wait
from crmsim.teaching.interval_checks import expect_interval
from crmsim.teaching.lab_checks import LabCheck, NotYet
from crmsim.teaching.lab_source import read_lab, solution_version, student_version
from crmsim.teaching.labs import best_budget, call_centre, clean_log, keep_or_win_back, whom_to_target
from crmsim.text import say
from crmsim.text.catalogue import catalogue

SOURCE = Path(__file__).parents[2] / "exercises" / "labs" / "source"
MODULES = {
    "06_best_budget": best_budget,
    "07_call_centre": call_centre,
    "08_whom_to_target": whom_to_target,
    "09_clean_log": clean_log,
    "10_keep_or_win_back": keep_or_win_back,
}
SEEDS = (1, 2)


@pytest.fixture(scope="module", autouse=True)
def few_runs():
    """Fewer replications: what is tested is the checks, not the firm."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best_budget, "RUNS", 5)
        patch.setattr(best_budget, "_JUDGED", 5)
        patch.setattr(call_centre, "RUNS", 5)
        patch.setattr(keep_or_win_back, "RUNS", 5)
        yield
    for known in (best_budget._curve, call_centre._runs, keep_or_win_back._pairs):
        known.cache_clear()


def codes(name: str, *, student: bool = False, lang: str = "en") -> list[str]:
    make = student_version if student else solution_version
    return [
        cell.source for cell in make(read_lab(SOURCE / f"{name}.py"), lang).cells if cell.cell_type == "code"
    ]


@functools.cache
def solved(name: str, seed: int) -> dict[str, Any]:
    """Return what the notebook defines when its solutions are run with a seed; its checks must pass."""
    names: dict[str, Any] = {}
    for code in codes(name):
        exec(code.replace("SEED = 1", f"SEED = {seed}"), names)
    return names


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", MODULES)
def test_solutions_pass_all_checks_hidden_ones_included(name, seed):
    names = solved(name, seed)
    for check in (word for word in MODULES[name].__all__ if word.startswith("check_")):
        for lang in ("en", "zh"):
            assert str(getattr(MODULES[name], check)(names, lang)).startswith("✓")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", MODULES)
def test_an_empty_answer_is_told_that_it_is_empty(name, lang):
    names: dict[str, Any] = {}
    told = 0
    for code in codes(name, student=True, lang=lang):
        if "check_" not in code:
            exec(code, names)
            continue
        with pytest.raises(NotYet) as told_so:
            exec(code, names)
        empty = [say(f"lab.answer.{word}", lang, name="") for word in ("empty", "returns_nothing")]
        assert any(str(told_so.value).endswith(sentence.lstrip()) for sentence in _tails(empty))
        told += 1
    assert told >= 4


def _tails(sentences: list[str]) -> list[str]:
    return [sentence[-15:] for sentence in sentences]


def test_a_name_that_was_never_defined():
    with pytest.raises(NotYet, match="best_budget is not defined yet"):
        best_budget.check_best({"SEED": 1}, "en")


def _interval(found) -> tuple[float, float]:
    return found.low, found.high


def _budget_slips(names):
    curve = names["curve"]
    top = curve.value.mean(axis=1).argmax()
    yield "check_best", "largest", {"best_budget": 6400}
    yield "check_best", "no_limit", {"best_budget": float("inf")}
    yield "check_best", "per_customer", {"best_budget": names["best_budget"] / 300}
    yield "check_gain", "chosen", {"gain": _interval(paired_interval(curve.value[0], curve.value[top]))}
    yield "check_gain", "total", {"gain": tuple(300 * end for end in names["gain"])}
    yield "check_plateau", "only_best", {"plateau": [names["best_budget"]]}
    yield "check_plateau", "no_list", {"plateau": 400.0}
    yield "check_extra", "average", {"extra_per_yuan": lambda gain, spent: (gain[1:] - gain[0]) / spent[1:]}
    yield "check_extra", "upside_down", {"extra_per_yuan": lambda gain, spent: np.diff(spent) / np.diff(gain)}
    yield "check_extra", "length", {"extra_per_yuan": lambda gain, spent: gain}
    yield "check_extra", "no_array", {"extra_per_yuan": lambda gain, spent: 3.0}
    yield "check_own", "nothing", {"your_budget": 0}
    yield "check_own", "per_customer", {"your_budget": 2.67}
    yield "check_own", "too_much", {"your_budget": 50_000}
    yield "check_own", "beyond", {"your_budget": 1e15}


def _desk_slips(names):
    own = names["own"]
    load = names["offered_load"]
    yield "check_load", "minutes", {"offered_load": own.calls_per_hour * own.minutes}
    yield "check_load", "no_whole", {"fewest_agents": load + 0.001 if load == int(load) else load}
    yield (
        "check_agents",
        "keeps_up",
        {"agents_for_80_20": lambda calls, minutes: int(calls * minutes / 60) + 1},
    )
    waits = names["waits"]
    yield "check_priority", "exchanged", {"waits": {"vip": waits["others"], "others": waits["vip"]}}
    yield "check_priority", "in_minutes", {"waits": {who: wait / 60 for who, wait in waits.items()}}
    rate = own.calls_per_hour / 60
    fifo = 60 * float(mean_wait(rate, 1 / own.minutes, names["agents"]))
    yield "check_priority", "fifo", {"waits": dict.fromkeys(("vip", "others"), fifo)}
    yield "check_simulated", "in_hours", {"formula_days": 24 * names["formula_days"]}
    runs = names["runs"].of("3", "wait")
    yield "check_simulated", "spread", {"simulated_days": (runs.min(), runs.max())}
    yield "check_simulated", "clv", {"simulated_days": _interval(mean_interval(names["runs"].of("3", "clv")))}
    yield "check_pays", "not_tried", {"best_agents": 40}


def _target_slips(names):
    low, high = names["effect"]
    known, true = names["known"], names["true"]
    n = -(-len(known) // 5)
    yield "check_effect", "reversed", {"effect": (-high, -low)}
    yield "check_effect", "percent", {"effect": (100 * low, 100 * high)}
    yield (
        "check_qini",
        "lowest_first",
        {
            "qini": {
                score: names["qini_auc"](
                    names["campaign"]["stayed"], -known[score], names["campaign"]["treated"]
                )
                for score in known[["risk", "lift", "value_lift"]]
            }
        },
    )
    yield (
        "check_truth",
        "everybody",
        {"true_gain": dict.fromkeys(names["true_gain"], true["value_uplift"].mean())},
    )
    yield (
        "check_truth",
        "total",
        {"true_gain": {score: n * gain for score, gain in names["true_gain"].items()}},
    )
    yield "check_choice", "risk", {"choose": lambda known, n: known["risk"].nlargest(n).index}
    yield "check_choice", "revenue_12m", {"choose": lambda known, n: known["revenue_12m"].nlargest(n).index}
    yield "check_choice", "count", {"choose": lambda known, n: known.index}
    yield "check_price", "after_cost", {"highest_cost": names["true_gain"]["value_lift"]}
    yield "check_price", "everybody", {"highest_cost": 20 + true["value_uplift"].mean()}


def _cleaning_slips(names):
    read_day, read_amount, clean = names["read_day"], names["read_amount"], names["clean"]
    dirty = names["dirty"]

    def american(text):
        day = read_day(text)
        turned = "." in text and day is not None and day.day <= 12
        return day.replace(month=day.day, day=day.month) if turned else day

    def without_commas(text, currency):
        return read_amount(text.replace(",", ""), currency)

    def with_copies(table):
        rows = clean(table)
        return names["pd"].concat(
            [rows, rows[rows["transaction"].isin(dirty["transaction"][dirty["transaction"].duplicated()])]]
        )

    yield "check_days", "exchanged", {"read_day": american}
    yield "check_days", "raises", {"read_day": lambda text: names["pd"].Timestamp(text)}
    yield "check_days", "raises", {"read_day": lambda text: {"2024-03-05": 1 / 0}.get(text)}
    yield "check_days", "no_day", {"read_day": lambda text: [read_day(text)]}
    yield "check_amounts", "comma", {"read_amount": without_commas}
    yield "check_amounts", "not_changed", {"read_amount": lambda text, currency: read_amount(text, "CNY")}
    yield "check_clean", "copies", {"clean": with_copies}
    yield "check_clean", "no_table", {"clean": lambda table: 3}
    yield "check_clean", "refused", {"clean": lambda table: table}
    yield "check_clean", "untouched", {"clean": lambda table: clean(table).iloc[::2]}
    plain = names["pd"].to_numeric(dirty["amount"], errors="coerce").sum()
    yield "check_audit", "plain", {"revenue": plain}
    yield "check_audit", "ten", {"best_ten": names["best_ten"][:9]}
    yield "check_audit", "ten", {"best_ten": 3}
    orders = clean(dirty)["customer"].value_counts()
    yield "check_audit", "orders", {"best_ten": list(orders.index[:10])}


def _keep_slips(names):
    yield "check_keep", "churn", {"retention": 1 - names["retention"]}
    yield "check_keep", "inverse_of_kept", {"lifetime": 1 / names["retention"]}
    table = names["table"][names["table"]["days"] >= 365]
    per_year = table["left"].sum() / ((table["days"] - 365).sum() / 365)
    yield "check_keep", "linear", {"retention": 1 - per_year}
    yield "check_keep", "years_per_loss", {"lifetime": 1 / per_year}
    yield "check_keep", "to_the_end", {"retention": 1 - names["table"]["left"].mean()}
    yield "check_lost", "others", {"preventable_share": 1 - names["preventable_share"]}
    yield "check_lost", "everything", {"lost_profit": names["losses"]["profit"].sum()}
    yield "check_decide", "unknown", {"measure": "discount"}
    yield "check_decide", "unknown", {"measure": names["table"]["days"]}
    yield "check_decide", "turned", {"net": tuple(-end for end in names["net"][::-1])}
    yield "check_rule", "always", {"worth_asking": lambda value, chance, ask, accept: True}
    yield "check_rule", "no_chance", {"worth_asking": lambda value, chance, ask, accept: value > ask + accept}
    yield "check_threshold", "before_cost", {"per_yuan": [1 + one for one in names["per_yuan"]]}
    yield "check_threshold", "choosy", {"threshold": 6.0}


SLIPS = {
    "06_best_budget": ("budget", _budget_slips),
    "07_call_centre": ("desk", _desk_slips),
    "08_whom_to_target": ("target", _target_slips),
    "09_clean_log": ("clean", _cleaning_slips),
    "10_keep_or_win_back": ("", _keep_slips),
}
#: The beginning of a sentence, up to its first blank, is what is compared.
OWN_WORDS = {
    "check_keep": "keep_rate", "check_lost": "keep_lost", "check_decide": "keep_decide",
    "check_rule": "win_rule", "check_threshold": "win_threshold", "check_clean": "clean_table",
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", MODULES)
def test_typical_mistakes_are_recognised_and_explained(name, lang):
    names = solved(name, 1)
    prefix, slips = SLIPS[name]
    tried = 0
    for check, slip, answer in slips(names):
        task = OWN_WORDS.get(check, f"{prefix}_{check.removeprefix('check_')}")
        with pytest.raises(NotYet) as told:
            getattr(MODULES[name], check)(names | answer, lang)
        sentence = catalogue()[f"lab.{task}.{slip}"][lang]
        pieces = [piece for piece in _plain_pieces(sentence) if len(piece) > 2]
        assert all(piece in str(told.value) for piece in pieces), f"{check} {slip}: {told.value}"
        tried += 1
    assert tried >= 3


def _other_forms():
    """Lab, check, and what a student may give in the place of the solution's answer, from its names."""
    budget, desk, target = "06_best_budget", "07_call_centre", "08_whom_to_target"
    log, keep = "09_clean_log", "10_keep_or_win_back"
    yield budget, "check_gain", lambda n: {"gain": n["curve"].expected()}
    yield budget, "check_gain", lambda n: {"gain": [round(end, 2) for end in n["gain"]]}
    yield budget, "check_plateau", lambda n: {"plateau": {int(one) for one in n["plateau"]}}
    yield (
        budget,
        "check_extra",
        lambda n: {"extra_per_yuan": lambda gain, spent: list(np.round(np.diff(gain) / np.diff(spent), 2))},
    )
    yield (
        desk,
        "check_simulated",
        lambda n: {"simulated_days": [round(end, 2) for end in n["simulated_days"]]},
    )
    yield desk, "check_pays", lambda n: {"best_agents": float(n["best_agents"])}
    yield target, "check_choice", lambda n: {"choose": lambda known, k: known.nlargest(k, "value_lift")}
    yield target, "check_choice", lambda n: {"choose": lambda known, k: known["value_lift"].nlargest(k)}
    yield (
        target,
        "check_choice",
        lambda n: {"choose": lambda known, k: known["value_lift"].rank(ascending=False) <= k},
    )
    yield (
        target,
        "check_choice",
        lambda n: {"choose": lambda known, k: set(known["value_lift"].nlargest(k).index)},
    )
    yield (
        log,
        "check_days",
        lambda n: {
            "read_day": lambda text: (
                np.datetime64("NaT") if n["read_day"](text) is None else n["read_day"](text)
            )
        },
    )
    yield log, "check_days", lambda n: {"read_day": lambda text: n["read_day"](text) or float("nan")}
    yield log, "check_audit", lambda n: {"best_ten": n["customers"]["revenue"].nlargest(10)}
    yield log, "check_audit", lambda n: {"best_ten": n["customers"].nlargest(10, "revenue")}
    yield log, "check_audit", lambda n: {"best_ten": set(n["best_ten"])}
    yield (
        keep,
        "check_threshold",
        lambda n: {"per_yuan": dict(zip(n["lab"].THRESHOLDS, n["per_yuan"], strict=True))},
    )
    yield keep, "check_threshold", lambda n: {"per_yuan": np.round(n["per_yuan"], 2)}


@pytest.mark.parametrize(("name", "check", "answer"), _other_forms())
def test_a_right_answer_in_another_form_is_right(name, check, answer):
    names = solved(name, 1)
    assert getattr(MODULES[name], check)(names | answer(names), "en").startswith("✓")


@pytest.mark.parametrize("name", ["06_best_budget", "07_call_centre", "10_keep_or_win_back"])
def test_an_interval_with_1_96_is_told_to_take_t(name):
    check, answer = {
        "06_best_budget": ("check_gain", "gain"),
        "07_call_centre": ("check_simulated", "simulated_days"),
        "10_keep_or_win_back": ("check_decide", "net"),
    }[name]
    names = solved(name, 1)
    low, high = names[answer]
    half = (high - low) / 2 * 1.96 / stdtrit(4, 0.975)  # five replications
    middle = (low + high) / 2
    with pytest.raises(NotYet, match=r"you took 1\.96"):
        getattr(MODULES[name], check)(names | {answer: (middle - half, middle + half)}, "en")


def test_an_interval_says_where_it_is_off():
    check, truth = LabCheck("budget_gain", {}, "en"), Interval(2.0, 1.0, 3.0, 9)
    for given, word in (
        ((1.5, 3.5), "(low + high) / 2 = 2.5 is too high"),
        ((1.31, 2.71), "high - low = 1.4 is too low"),
        ((0.8, 3.2), "high - low = 2.4 is too high"),
    ):
        with pytest.raises(NotYet) as told:
            expect_interval(check, "gain", given, truth, {})
        assert f"gain: {word}" in str(told.value)
    expect_interval(check, "gain", (1.1, 3.0), Interval(2.03, 1.06, 3.0, 9), {})  # rounded
    with pytest.raises(NotYet, match="give more digits"):
        expect_interval(check, "gain", (1.0, 3.0), Interval(2.06, 1.37, 2.75, 9), {})


def test_nobody_is_asked_where_both_answers_are_right():
    for seed in range(300):
        for value, chance, ask, accept in keep_or_win_back._cases(seed):
            one, other = chance * (value - accept) - ask, chance * value - (ask + chance * accept)
            assert abs(one) > 1e-6 and (one > 0) == (other > 0)
    assert len(keep_or_win_back._cases(22)) == 60


def _plain_pieces(sentence: str) -> list[str]:
    return re.split(r"\{[^}]*\}", sentence)


def test_every_lab_is_in_the_bank():
    labs = {question.lab for question in load_bank().of(kinds=["lab"])}
    assert set(MODULES) <= labs
    assert all((SOURCE / f"{lab}.py").exists() for lab in labs)


def test_what_students_get_has_no_answer():
    for name in MODULES:
        handed_out = "\n".join(codes(name, student=True))
        assert "HIDDEN" not in handed_out and "SEED + 1000" not in handed_out
        assert "worth_asking(value, chance, ask, accept):\n    ..." in handed_out or name[:2] != "10"
