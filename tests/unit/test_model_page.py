"""The page on the model: nothing is left out of it, and what it says is what the code does."""

from __future__ import annotations

import ast
import importlib
import inspect
import math
import re
import tomllib
from enum import IntEnum
from pathlib import Path

import numpy as np
import pytest
import yaml

from crmsim import firm, passes
from crmsim.events import Component, EventKind
from crmsim.model import customer, experience, records, survey
from crmsim.model.defection import (
    accepts_probability,
    competitor_cause,
    price_pull,
    re_engage_probability,
    return_probability,
)
from crmsim.model.lifecycle import observed_stage, true_stage
from crmsim.model.loyalty import shift_attitude, status_shift
from crmsim.model.purchase import cross_buy_probability, deal_proneness, logit
from crmsim.model.record_fields import CUSTOMER_FIELDS, RUN_FIELDS
from crmsim.model.referral import arrival_probability, conversion_probability, reputation_after, talk_weight
from crmsim.model.satisfaction import performance
from crmsim.model.service import recovery_quality, recovery_signal, waiting_signal
from crmsim.model.servqual import WEIGHTS, Dimension
from crmsim.model.survey import LOW_SCORE, response_probability
from crmsim.model_page import BLANKS, TEXT, model_page, parameter_rows
from crmsim.parameters import Change, Section
from crmsim.rule_records import ActionCode, Measure
from crmsim.scenario import Scenario, field_homes, parameter_record, preset
from crmsim.scores import Score
from crmsim.stages import Cause, Stage, Status
from crmsim.strategies import strategy_names
from crmsim.tiers import Tier

ROOT = Path(__file__).parents[2]
PAGE = model_page()
#: The hand-written text, as one line where it is only wrapped.
PROSE = re.sub(r"\s*\n\s*", " ", TEXT.read_text(encoding="utf-8"))
NUMBER = r"(-?\d+(?:\.\d+)?)"
MODULES = sorted(path.stem for path in (ROOT / "crmsim" / "model").glob("[a-z]*.py"))
SECTIONS = {
    name: info.annotation
    for name, info in Scenario.model_fields.items()
    if isinstance(info.annotation, type) and issubclass(info.annotation, Section)
}


def rows(heading: str) -> dict[str, list[str]]:
    """Return the table under a head of that first column, by the first cell without its marks."""
    lines = PAGE.splitlines()
    (start,) = [i for i, line in enumerate(lines) if line.startswith(f"| {heading} |")]
    table = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return table
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        table[cells[0].replace("`", "")] = cells
    return table


def parameter_table(section: str) -> list[list[str]]:
    """Return the rows of the table of parameters of a section, cell by cell."""
    table = PAGE[PAGE.index(f"#### `{section}`") :].split("\n\n")[2].splitlines()
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in table[2:]]


def numbers(pattern: str) -> list[float]:
    """Return the numbers of the one place in the text that looks like the pattern (# is a number)."""
    (found,) = re.findall(re.escape(pattern).replace(r"\#", NUMBER), PROSE) or [()]
    assert found, f"the text no longer says: {pattern}"
    return [float(number) for number in (found if isinstance(found, tuple) else (found,))]


def names(words: type[IntEnum]) -> set[str]:
    return {word.name.lower() for word in words}


# --- nothing is left out -----------------------------------------------------------------------------------


def test_page_is_fresh():
    kept = (ROOT / "crmsim" / "model.md").read_text(encoding="utf-8")
    assert kept == PAGE, "make it anew: python -m crmsim show model > crmsim/model.md"


def test_every_blank_is_used_and_filled():
    used = re.findall(r"\{\{(\w+)\}\}", TEXT.read_text(encoding="utf-8"))
    assert set(used) == set(BLANKS)
    assert "{{" not in PAGE and "}}" not in PAGE


@pytest.mark.parametrize("section", SECTIONS)
def test_every_parameter_has_a_row_and_a_description(section):
    table = parameter_table(section)
    fields = list(parameter_rows(SECTIONS[section]))
    assert [cells[0] for cells in table] == [f"`{name}`" for name, _, _ in fields]
    for cells, (name, meaning, info) in zip(table, fields, strict=True):
        assert len(meaning) > 5, f"{section}.{name} has no description"
        assert cells[3], f"{section}.{name}: no limits"
        assert all(cells[4:7]), f"{section}.{name}: no value in a preset"
        if info.annotation in (int, float):
            extra = info.json_schema_extra
            assert isinstance(extra, dict) and extra["unit"] and extra["source"] in ("L", "J", "L/J")
            assert cells[2] == extra["unit"] and cells[8] == extra["source"]


@pytest.mark.parametrize(("name", "column"), [("retail", 4), ("telecom", 5), ("b2b", 6)])
def test_values_of_presets_are_those_of_the_files(name, column):
    data = yaml.safe_load((ROOT / "crmsim" / "presets" / f"{name}.yaml").read_text(encoding="utf-8"))
    compared = 0
    for section in SECTIONS:
        for cells in parameter_table(section):
            value = data[section].get(cells[0].strip("`"))
            if isinstance(value, int | float):
                assert float(cells[column].replace(",", "")) == value, cells[0]
                compared += 1
    assert compared > 100


def test_every_value_that_switches_something_off_is_shown():
    for section in SECTIONS:
        for cells, (name, meaning, _) in zip(
            parameter_table(section), parameter_rows(SECTIONS[section]), strict=True
        ):
            # The values that the description gives, the last one after a semicolon.
            values = re.findall(r"; (\d+) = (?!.*; \d+ = )", meaning)
            assert cells[7].split(" ")[0] == (values[-1] if values else ""), name


def test_every_parameter_is_at_work_in_the_text():
    """A parameter that no equation and no sentence mentions is a mechanism that readers are not told of."""
    text = PROSE[: PROSE.index("# Part III")].replace("```", "")
    told = {word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"\w+", code)}
    # What rules cost is told by the table alone.
    missing = [name for name, home in field_homes().items() if home != "price_list" and name not in told]
    assert not missing, f"crmsim/model_page.md does not say what these do: {', '.join(missing)}"


def test_every_field_of_the_scenario_and_of_a_change_is_there():
    for name in Scenario.model_fields:
        assert f"`{name}`" in PAGE, name
    for name in Change.model_fields:
        assert f"\n| `{name}` | " in PAGE, name


def test_every_source_from_the_literature_is_named():
    wanted = {
        name
        for section in SECTIONS.values()
        for name, _, info in parameter_rows(section)
        if isinstance(info.json_schema_extra, dict) and "L" in info.json_schema_extra.get("source", "")
    }
    found = [name for cells in rows("parameters").values() for name in re.findall(r"`(\w+)`", cells[0])]
    assert sorted(found) == sorted(wanted)


def test_every_field_of_the_records_is_described():
    fields = [name for group in CUSTOMER_FIELDS.values() for name in group]
    assert sorted(fields) == sorted(records.CUSTOMER.names), "crmsim/model/record_fields.py: the same fields"
    assert list(RUN_FIELDS) == list(records.RUN.names)
    for unit, meaning in [
        pair for group in (*CUSTOMER_FIELDS.values(), RUN_FIELDS) for pair in group.values()
    ]:
        assert unit and len(meaning) >= 3


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("clock", records.Clock),
        ("event", EventKind),
        ("component | meaning", Component),
        ("trigger", records.Trigger),
        ("action", ActionCode),
        ("score", Score),
    ],
)
def test_every_word_has_a_row(heading, words):
    table = set(rows(heading))
    assert table == names(words)


def test_every_component_of_value_says_what_is_booked():
    part = PROSE[PROSE.index("| component | what is booked") :]
    part = part[: part.index("Every amount is discounted")]
    booked = {
        name
        for cell in re.findall(r"\| ((?:`\w+`(?:, )?)+) \| ", part)
        for name in re.findall(r"`(\w+)`", cell)
    }
    assert names(Component) - {"none", "revenue"} <= booked


def test_every_condition_stage_tier_cause_and_strategy_is_there():
    assert {name.removeprefix("oracle: ") for name in rows("condition")} == names(Measure)
    assert [name.removesuffix(" (in Python)") for name in rows("strategy")] == list(strategy_names())
    for words in (Stage, Tier, Cause):
        for word in words:
            assert word is Cause.NONE or re.search(rf"`{word.name.lower()}` \([^)]+\)", PAGE), word.name
    assert all(word.name.lower() in PAGE for word in Status)


def test_there_is_a_summary_in_chinese():
    summary = PAGE[: PAGE.index("# Part I.")]
    assert len(re.findall(r"[\u4e00-\u9fff]", summary)) > 200


def test_the_headings_are_those_of_the_protocols():
    for title in (
        "Purpose and patterns", "Entities, state variables and scales", "Process overview and scheduling",
        "Design concepts", "Initialisation", "Input data", "Submodels",
    ):  # fmt: skip
        assert re.search(rf"^## \d\. {title}$", PAGE, re.MULTILINE), title
    for concept in (
        "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing",
        "Interaction", "Stochasticity", "Collectives", "Observation",
    ):  # fmt: skip
        assert f"\n**{concept}.** " in PAGE, concept
    for item in (
        "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5", "3.1",
        "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1",
    ):  # fmt: skip
        assert f"\n**{item} " in PAGE, item


# --- what is named exists ----------------------------------------------------------------------------------


def named() -> set[tuple[str, str]]:
    """Return module and function of every equation that the text names."""
    return set(re.findall(rf"`({'|'.join(MODULES)})\.(\w+)`", PROSE))


def test_every_function_named_in_the_submodels_exists():
    found = named()
    assert len(found) > 60
    for module, function in sorted(found):
        assert callable(getattr(importlib.import_module(f"crmsim.model.{module}"), function)), function


def test_every_equation_of_the_model_is_named():
    """Every public function of crmsim/model has its place on the page."""
    public = set()
    for module in MODULES:
        code = importlib.import_module(f"crmsim.model.{module}")
        for name in code.__all__:
            thing = getattr(code, name)
            if callable(thing) and not isinstance(thing, type) and not isinstance(thing, np.dtype):
                public.add((module, name))
    missing = sorted(f"{module}.{name}" for module, name in public - named())
    assert not missing, f"crmsim/model_page.md does not say what these are: {', '.join(missing)}"


def test_every_file_and_command_named_exists():
    for place in re.findall(r"`((?:crmsim|tests|benchmarks|datasets)/[\w./]*)`", PAGE):
        assert (ROOT / place).exists(), place
    for place in re.findall(r"`(README\.md|LICENSE|requirements\.lock)`", PAGE):
        assert (ROOT / place).exists(), place
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)`", PAGE):
        assert f"\n{target}:" in makefile, target


def test_every_name_in_an_equation_is_known():
    """What looks like a parameter, in an equation, is a parameter, a field of a record, or explained."""
    fields = {name for group in CUSTOMER_FIELDS.values() for name in group} | set(RUN_FIELDS)
    known = set(field_homes()) | fields | {"x_k", "e_k", "w_e", "h_nat", "h_qual"} | names(records.Clock)
    part = PROSE[PROSE.index("## 7. Submodels") : PROSE.index("### 7.12")]
    for equation in re.findall(r"`([^`]+)`", part):
        if "." not in equation.replace("0.", "") and "{" not in equation:
            for name in re.findall(r"\b[a-z]+_\w+\b", equation):
                assert name in known or name in names(Cause), f"{name} in {equation}"


def test_versions_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    item = PAGE[PAGE.index("**5.1 ") : PAGE.index("**5.2 ")]
    wanted = {line for line in project["dependencies"] if line.split(">")[0] in item}
    assert set(re.findall(r"\w+>=[\d.]+,<\d+", item)) == wanted and len(wanted) == 6
    assert f"Python {project['requires-python'].removeprefix('>=')} or newer" in item


def test_the_default_number_of_replications_is_that_of_the_program():
    from crmsim.experiments import compare

    (default,) = re.findall(r"(\d+) by default", PROSE)
    assert int(default) == inspect.signature(compare).parameters["replications"].default
    confidence = inspect.signature(compare).parameters["confidence"].default
    assert f"Student interval ({confidence * 100:g} %)" in PROSE


# --- the order of things -----------------------------------------------------------------------------------


def calls(function: object) -> list[str]:
    """Return the names of the functions that a function calls, in the order of its text."""
    tree = ast.parse(inspect.getsource(getattr(function, "py_func", function)))
    found = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return [node.func.id for node in sorted(found, key=lambda node: (node.lineno, node.col_offset))]


def test_the_order_of_an_experience_is_that_of_the_code():
    part = PROSE[PROSE.index("### One experience") : PROSE.index("Then, in continuous")]
    steps = [name for _, name in re.findall(rf"`({'|'.join(MODULES)})\.(\w+)`", part)][1:]
    order = calls(experience.experience)
    order = [part for name in order for part in (["severity"] if name == "_problem" else [name])]
    places = [order.index(step) for step in steps]
    assert places == sorted(places) and len(places) >= 12


def test_the_order_of_the_firms_work_is_that_of_the_code():
    listed = re.findall(
        r"^\d+\. (.+)$", PAGE[PAGE.index("### The firm's work") : PAGE.index("### Ties")], re.M
    )
    of_code = {
        "books": "close_books", "another future": "enter_future", "situation": "_change_situation",
        "tiers are reviewed": "_review_tiers",
        "word of mouth": "_word_of_mouth", "inquire": "let_in", "observed": "_observe_and_charge",
        "surveyed": "ask", "strategy": "_apply", "snapshot": "_count", "plans": "plan",
    }  # fmt: skip
    order = calls(firm.close_window)
    assert order[-1] == "_open_window"
    order += calls(passes.open_window)
    steps = [(step, order.index(call)) for step in listed for word, call in of_code.items() if word in step]
    assert [step for step, _ in steps] == listed
    assert [place for _, place in steps] == sorted(place for _, place in steps)


# --- numbers in the text -----------------------------------------------------------------------------------


def test_thresholds_of_the_true_stage():
    dissatisfied, less = numbers("`n > 3` and (declining, or `S < #`, or `w < #` of the highest")
    tiny = 1e-9
    assert Stage(true_stage(4, 0, dissatisfied - tiny, 0.9, 1.0)) is Stage.DECLINE
    assert Stage(true_stage(4, 0, dissatisfied, 0.9, less)) is Stage.FORMATION
    assert Stage(true_stage(4, 0, 0.0, 0.9, less - tiny)) is Stage.DECLINE
    assert Stage(true_stage(3, 1, -1.0, 0.9, 0.1)) is Stage.EXPLORATION
    few, little = numbers("| exploration | `n <= #` or `T < #` |")
    assert Stage(true_stage(int(few), 0, 0.0, 0.9, 1.0)) is Stage.EXPLORATION
    assert Stage(true_stage(99, 0, 0.0, little - tiny, 1.0)) is Stage.EXPLORATION
    assert Stage(true_stage(99, 0, 0.0, little, 1.0)) is Stage.FORMATION
    several, enough = numbers("| formation | `n <= #` or `T < #` |")
    assert Stage(true_stage(int(several), 0, 0.0, 0.9, 1.0)) is Stage.FORMATION
    assert Stage(true_stage(int(several) + 1, 0, 0.0, enough, 1.0)) is Stage.STABILITY
    assert Stage(true_stage(int(several) + 1, 0, 0.0, enough - tiny, 1.0)) is Stage.FORMATION


def test_thresholds_of_the_observed_stage():
    days, gaps = numbers("more than `max(#, # * mean gap)` days ago")
    assert Stage(observed_stage(4, days, 1.0, 0)) is Stage.FORMATION
    assert Stage(observed_stage(4, days + 1e-9, 1.0, 0)) is Stage.DECLINE
    assert Stage(observed_stage(4, gaps * 100.0, 100.0, 0)) is Stage.FORMATION
    assert Stage(observed_stage(4, gaps * 100.0 + 1e-9, 100.0, 0)) is Stage.DECLINE
    few, several = numbers("exploration for `n <= #`, formation for `n <= #`, stability.")
    found = [Stage(observed_stage(int(n), 0.0, 1.0, 0)) for n in (few, few + 1, several, several + 1)]
    assert found == [Stage.EXPLORATION, Stage.FORMATION, Stage.FORMATION, Stage.STABILITY]


def test_lengths_of_time():
    assert BLANKS["window_days"]() == str(records.WINDOW / records.DAY).removesuffix(".0")
    assert f"each window of {records.WINDOW // records.DAY} days" in re.sub(r"\s+", " ", PAGE)
    first, last = numbers("at least # days and less than # days after leaving")
    assert (first, last) == (records.WINDOW / records.DAY, 2 * records.WINDOW / records.DAY)
    (days,) = numbers("if there was another within # days")
    assert days * records.DAY == experience._YEAR_OF_BLAME


def test_numbers_of_an_experience():
    (floor,) = numbers("`b = max(#, (quality")
    assert performance(1.0, 0.0, 0.0, 9.0) == floor
    low, high = numbers("kept within # and # (`loyalty.shift_attitude`)")
    assert (shift_attitude(0.5, -9.0, 9.0), shift_attitude(0.5, 9.0, 9.0)) == (low, high)
    (most,) = numbers("a problem adds its severity, up to # in all")
    assert f"min({most:g}, c.grievance + bad)" in inspect.getsource(experience)
    (base,) = numbers("`cross_rate * T * (# + A)`")
    assert cross_buy_probability(1.0, 0.0, 1.0) == base
    (slope,) = numbers("`min(1, deal_prone * price_sensitivity * (1 - # * (A - att0))+)`")
    assert deal_proneness(1.0, 0.5, 0.3, 1.0) == pytest.approx(1.0 - slope * 0.2)
    up, down = numbers(
        "promotion adds `tiers_visible * # * (1 - A)` to attitude, demotion takes `tiers_visible * # * A`"
    )
    assert status_shift(0.5, True, 1.0) == pytest.approx(0.5 + up * 0.5)
    assert status_shift(0.5, False, 1.0) == pytest.approx(0.5 - down * 0.5)


def test_numbers_of_waiting_and_recovery():
    (worst,) = numbers("`better = max(w_e - W, #)`")
    assert waiting_signal(100.0, 0.0, 1.0, 1.0) == worst
    (spread,) = numbers("`r = rec_base + recovery_boost - rec_wait * W + # * eps`")
    assert recovery_quality(0.5, 0.0, 0.0, 0.0, 1.0) == pytest.approx(0.5 + spread)
    weight, mild, again = numbers(
        "`r - recovery_expected - # * (severity / (sev_min + sev_range) - #)+ - #` (the last only"
    )
    assert recovery_signal(1.0, 0.0, 0.8, 1.0, False, 1.0, 1.0) == pytest.approx(1.0 - weight * (0.8 - mild))
    assert recovery_signal(1.0, 0.0, mild, 1.0, True, 1.0, 1.0) == pytest.approx(1.0 - again)


def test_numbers_of_leaving_and_returning():
    (liking,) = numbers("`offer_price * price_sensitivity * (1 - # * A) * (discount - price_cut)`")
    assert price_pull(1.0, 1.0, 1.0, 1.0, 0.0) == pytest.approx(1.0 - liking)
    (rest,) = numbers("to the sum of both pulls (each at least 0) and #, else")
    for u, cause in ((0.999, Cause.PRICE), (1.001, Cause.COMPETITOR)):
        assert Cause(competitor_cause(u * 2.0 / (2.0 + rest), 2.0, 0.0)) is cause
    (heard,) = numbers("hears the true cause with probability #,")
    assert heard == customer._CAUSE_STATED
    strength, days = numbers("and an offer of strength # in force for # days")
    assert (strength, days) == (customer._WELCOME_BACK, customer._WELCOME_DAYS)
    (more,) = numbers("`logistic(k + # * (A - att0) + offer)`")
    logits = numbers(
        "# after a loss to price, # neglect, # competitor, # service failure, # quality, "
        "# natural, # need ended"
    )
    causes = (
        Cause.PRICE, Cause.NEGLECT, Cause.COMPETITOR, Cause.SERVICE_FAILURE, Cause.QUALITY, Cause.NATURAL,
        Cause.NEED_ENDED,
    )  # fmt: skip
    for cause, k in zip(causes, logits, strict=True):
        assert logit(return_probability(cause, 0.5, 0.3, 1.0)) == pytest.approx(k + more * 0.2 + 1.0)
    assert re_engage_probability(0.5, 2.0) == pytest.approx(1.0 - math.exp(-1.0))
    assert logit(accepts_probability(1.0, 2.0, 0.5, 0.25, 0.1, 0.3, 3.0, 1.2, 1.0)) == pytest.approx(0.8)


def test_numbers_of_word_of_mouth():
    louds = numbers(
        "times # per loss for service failure, # quality, # dismissal by the firm, # price or neglect"
    )
    causes = (Cause.SERVICE_FAILURE, Cause.QUALITY, Cause.BY_COMPANY, Cause.PRICE)
    assert louds == [talk_weight(cause) for cause in causes]
    assert talk_weight(Cause.NEGLECT) == louds[-1]
    others = (Cause.NONE, Cause.NATURAL, Cause.NEED_ENDED, Cause.COMPETITOR)
    assert not any(talk_weight(cause) for cause in others)
    (tau,) = numbers("relaxes to 1 with a time constant of # days")
    assert reputation_after(2.0, 0.0, 0.0, tau) == pytest.approx(1.0 + math.exp(-1.0))
    (most,) = numbers("`ref_conv * min(reputation, #) * (1 - referred / pool)+`")
    assert conversion_probability(0.1, 99.0, 0.0, 1.0) == pytest.approx(0.1 * most)
    half, most = numbers("`# * min(reputation, #)` (`referral.arrival_probability`)")
    assert (arrival_probability(1.0), arrival_probability(99.0)) == (half, half * most)
    attitude, trust = numbers("Referred customers begin with # more attitude and # more trust")
    p = np.zeros(1, [(name, "f8") for name in ("att0", "trust0", "rec_exp0", "wait_exp0", "wallet0")])
    people = np.zeros(2, records.CUSTOMER)
    people["generation"] = [0, 1]
    for person in people:
        getattr(customer.begin, "py_func", customer.begin)(person, p.view(np.recarray)[0], 0)
    assert people["attitude"][1] - people["attitude"][0] == pytest.approx(attitude)
    assert people["trust"][1] - people["trust"][0] == pytest.approx(trust)


def test_numbers_of_surveys_and_dimensions():
    (steep,) = numbers("`response_base + response_extreme * min(1, # * |S|)`")
    assert response_probability(0.1, 0.0, 1.0) == pytest.approx(steep * 0.1)
    assert numbers("with a score of at most #") == [LOW_SCORE]
    weights = numbers("the weights # reliability, # responsiveness, # assurance, # empathy, # tangibles")
    assert weights == list(WEIGHTS)
    assert [word.name.lower() for word in Dimension] == [
        "reliability", "responsiveness", "assurance", "empathy", "tangibles",
    ]  # fmt: skip


def test_answers_to_surveys_are_those_of_the_text():
    start, slope, error = numbers("`# + # * (ratio - 1) + # * eps`")
    base, liking, neutral, pleased = numbers("the recommendation `# + # * (A - #) + # * S + eps`")
    assert error > 0
    exact = preset("bare").with_values(response_base=1.0, response_extreme=0.0, survey_noise=0.0)
    parameters, run = parameter_record(exact)[0], np.zeros(1, records.RUN)[0]
    person = np.zeros(1, records.CUSTOMER)[0]
    for ratio in np.arange(0.755, 1.2, 0.01):
        person["ratio"], person["attitude"], person["satisfaction"] = ratio, ratio - 0.5, ratio - 1.0
        getattr(survey.ask, "py_func", survey.ask)(person, parameters, run, np.zeros(1, records.ROW), 0)
        score = start + slope * (ratio - 1.0)
        recommend = base + liking * (ratio - 0.5 - neutral) + pleased * (ratio - 1.0)
        assert person["survey_score"] == min(max(math.floor(score + 0.5), 1), 5)
        assert person["survey_nps"] == min(max(math.floor(recommend + 0.5), 0), 10)


def test_the_limit_of_satisfaction_is_that_of_the_metrics():
    from crmsim.metrics.satisfaction import SATISFIED

    found = re.findall(rf"remembered ratio (?:is|of) at least {NUMBER}", PROSE)
    assert len(found) == 2 and {float(number) for number in found} == {SATISFIED}
