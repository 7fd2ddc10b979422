"""Labs 1 to 5 as students meet them: solutions pass, gaps and typical mistakes get a sentence that helps."""

from __future__ import annotations

import ast
import re
import string

import pytest

from crmsim.teaching.build import PROJECT
from crmsim.teaching.lab_checks import LabCheck, NotYet, Passed
from crmsim.teaching.lab_source import read_lab, solution_version, student_version
from crmsim.text import LANGUAGES
from crmsim.text.catalogue import catalogue

LABS = {
    name: read_lab(PROJECT / "exercises" / "labs" / "source" / f"{name}.py")
    for name in (
        "01_one_life",
        "02_delight_fades",
        "03_repair_programme",
        "04_clv_by_hand",
        "05_grade_customers",
    )
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def cells(lab, lang, version=solution_version):
    """Return (task or check, code) of each code cell in its order; the first has no name."""
    marks = [cell.marks for cell in lab.cells if cell.kind == "code"]
    codes = [cell.source for cell in version(lab, lang).cells if cell.cell_type == "code"]
    return [(m.get("solution", m.get("test", "")), code) for m, code in zip(marks, codes, strict=True)]


def play(lab, lang, seed, *, answers=None, checks=None, version=solution_version, seen=None):
    """Run a lab's cells one after the other, as a student does; return what each check said.

    Answers take the place of solutions; `seen` is put over the names that checks see.
    """
    names, said = {}, {}
    for name, code in cells(lab, lang, version):
        if name.startswith("check_"):
            if checks is None or name in checks:
                said[name] = outcome(code, names | (seen or {}))
            if set(said) == checks:
                break
            continue
        code = (answers or {}).get(name, code)
        exec(code.replace("SEED = 1", f"SEED = {seed}") if code == "SEED = 1" else code, names)
    return said


def outcome(code, names):
    """Return what the last line of a cell shows, or the sentence with which it fails."""
    *before, last = ast.parse(code).body
    try:
        exec(compile(ast.Module(before, []), "cell", "exec"), names)
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    except NotYet as error:
        (sentence,) = error._render_traceback_()
        return sentence


def is_sentence(text, key, lang):
    """Return whether a sentence of the catalogue is in a text, whatever stands in its blanks."""
    parts = string.Formatter().parse(catalogue()[key][lang])
    return re.search(".*".join(re.escape(plain) for plain, *_ in parts), text, re.DOTALL) is not None


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", LABS)
def test_the_solution_passes_every_check(name, lang):
    seed = {"en": 1, "zh": 20261}[lang]
    for check, said in play(LABS[name], lang, seed).items():
        assert isinstance(said, Passed), f"{check}: {said}"
        assert said.startswith("✓ ") and bool(CHINESE.search(said)) == (lang == "zh")
        assert is_sentence(said, f"lab.{check.removeprefix('check_')}.passed", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", LABS)
def test_a_gap_is_called_a_gap(name, lang):
    keys = ("lab.answer.empty", "lab.answer.returns_nothing")
    for check, said in play(LABS[name], lang, 1, version=student_version).items():
        assert said.startswith("✗ ") and any(is_sentence(said, key, lang) for key in keys), f"{check}: {said}"


@pytest.mark.parametrize("name", LABS)
def test_a_cell_that_was_not_run_is_missed(name):
    tasks = [task for task, _ in cells(LABS[name], "zh") if task and not task.startswith("check_")]
    for check, said in play(LABS[name], "zh", 1, answers=dict.fromkeys(tasks, "")).items():
        assert is_sentence(said, "lab.answer.missing", "zh"), f"{check}: {said}"


@pytest.mark.parametrize("name", LABS)
def test_a_number_of_ones_own_is_asked_for(name):
    tasks = [task for task, _ in cells(LABS[name], "en") if task and not task.startswith("check_")]
    seen = {"SEED": "Li Lei"}
    for check, said in play(LABS[name], "en", 1, answers=dict.fromkeys(tasks, ""), seen=seen).items():
        keys = ("lab.answer.seed", "lab.answer.missing")
        assert any(is_sentence(said, key, "en") for key in keys), f"{check}: {said}"


@pytest.mark.parametrize("name", LABS)
def test_graded_work_holds_no_hidden_test(name):
    for lang in LANGUAGES:
        text = "".join(code for _, code in cells(LABS[name], lang, student_version))
        assert "SEED + " not in text and "BEGIN" not in text
        assert "SEED + " in "".join(code for _, code in cells(LABS[name], lang))


#: Lab, task, a typical wrong answer, and the sentence that explains it.
WRONG = [
    ("01_one_life", "cost", "acquisition_cost = life.loc[life['kind'] == 'acquired', 'amount'].sum()", "cost.negative"),
    ("01_one_life", "cost", "acquisition_cost = -life.loc[life['component'] == 'clv1', 'amount'].sum()", "cost.first_*"),
    ("01_one_life", "cost", "acquisition_cost = '75'", "answer.text"),
    ("01_one_life", "cost", "acquisition_cost = 1e6", "answer.too_high"),
    ("01_one_life", "payback", """
def payback_purchase(life):
    worth = life["amount"].where((life["component"] == "revenue") | (life["kind"] == "acquired"), 0.0)
    n = (life["kind"] == "purchase").cumsum()
    paid = (worth.cumsum() >= 0) & (n > 0)
    return n[paid].min() if paid.any() else float("inf")
""", "payback.revenue"),
    ("01_one_life", "payback", """
def payback_purchase(life):
    n = (life["kind"] == "purchase").cumsum()
    paid = (life["amount"].cumsum() >= 0) & (n > 0)
    return n[paid].min() if paid.any() else float("inf")
""", "payback.everything"),
    ("01_one_life", "payback", "def payback_purchase(life): return (life['kind'] == 'purchase').sum()", "payback.all_purchases"),
    ("01_one_life", "payback", "def payback_purchase(life): return life['worth']", "answer.raises"),
    ("01_one_life", "payback", "def payback_purchase(life): return 3", "payback.differs"),
    ("01_one_life", "payback", "def payback_purchase(life): return 'three'", "answer.text"),
    ("01_one_life", "stages", "s = stage_spells(ledger, customer); stage_days = {k: v / 30 for k, v in (s['end'] - s['start']).groupby(s['stage']).sum().items()}", "stages.in_months"),
    ("01_one_life", "stages", "stage_days = life['true_stage'].astype(str).value_counts().loc[lambda n: n > 0].drop('ended', errors='ignore').drop('prospect', errors='ignore').to_dict()", "stages.rows"),
    ("01_one_life", "stages", "stage_days = {'formation': 3}", "answer.keys"),
    ("01_one_life", "stages", "stage_days = 3", "answer.no_dictionary"),
    ("01_one_life", "unheard", "k = ledger.truth['kind'].value_counts(); unheard = k['complaint'] / k['problem'] - 0.1", "answer.too_low"),
    ("01_one_life", "unheard", "k = ledger.truth['kind'].value_counts(); unheard = 100 * (1 - k['complaint'] / k['problem'])", "unheard.percent"),
    ("01_one_life", "unheard", "k = ledger.firm_view()['kind'].value_counts(); unheard = k['problem'] / 0.0", "answer.not_finite"),
    ("01_one_life", "half", "n = purchases_to_pay_back(ledger); median_purchases = n[n < float('inf')].median(); never_share = 0.4", "half.survivors"),
    ("01_one_life", "half", "n = purchases_to_pay_back(ledger); median_purchases = n.median(); never_share = (n < float('inf')).mean()", "half.paid"),
    ("02_delight_fades", "pair", "def run_pair(k): return [simulate(lab.SCENARIO, s, seed=SEED + i, replication=k, log=False) for i, s in enumerate((find_strategy('do_nothing'), lab.LAVISH))]", "pair.unpaired"),
    ("02_delight_fades", "pair", "def run_pair(k): return [simulate(lab.SCENARIO, s, seed=SEED, log=False) for s in (find_strategy('do_nothing'), lab.LAVISH)]", "pair.k_unused"),
    ("02_delight_fades", "pair", "def run_pair(k): return [simulate(lab.SCENARIO, s, seed=SEED, replication=k, log=False) for s in (lab.LAVISH, find_strategy('do_nothing'))]", "pair.swapped"),
    ("02_delight_fades", "pair", "def run_pair(k): return [simulate(lab.SCENARIO, s, seed=SEED + k, log=False) for s in (find_strategy('do_nothing'), lab.LAVISH)]", "pair.other_luck"),
    ("02_delight_fades", "pair", "def run_pair(k): return 1", "pair.no_pair"),
    ("02_delight_fades", "lift", "def lift(a, b, x, y): return float(satisfaction_by_month(b)['ratio'].loc[x + 1:y].mean())", "lift.level"),
    ("02_delight_fades", "lift", "def lift(a, b, x, y): return float((satisfaction_by_month(a) - satisfaction_by_month(b))['ratio'].loc[x + 1:y].mean())", "lift.turned"),
    ("02_delight_fades", "lift", "def lift(a, b, x, y): return float((satisfaction_by_month(b) - satisfaction_by_month(a))['satisfied'].loc[x + 1:y].mean())", "lift.satisfied_share"),
    ("02_delight_fades", "interval", """
def fade_interval(early, late):
    d = early - late
    half = 1.96 * d.std(ddof=1) / len(d) ** 0.5
    return d.mean() - half, d.mean() + half
""", "interval.normal"),
    ("02_delight_fades", "interval", """
def fade_interval(early, late):
    from scipy.stats import t
    d = early - late
    half = t.ppf(0.975, len(d) - 1) * d.std(ddof=1)
    return d.mean() - half, d.mean() + half
""", "interval.spread"),
    ("02_delight_fades", "interval", """
def fade_interval(early, late):
    from scipy.stats import ttest_ind
    return ttest_ind(early, late).confidence_interval()
""", "interval.unpaired"),
    ("02_delight_fades", "interval", "def fade_interval(early, late): return paired_interval(early, late)[1:3]", "interval.turned"),
    ("02_delight_fades", "interval", "def fade_interval(early, late): return 0.1", "answer.no_interval"),
    ("02_delight_fades", "decision", "decision, lost_share = 'undecided', 0.2", "decision.too_careful"),
    ("02_delight_fades", "decision", "decision, lost_share = 'maybe', 0.2", "decision.no_decision"),
    ("02_delight_fades", "decision", "decision, lost_share = 'fades', 0.0164", "decision.difference"),
    ("03_repair_programme", "loss", "loss = (-1.0, 1.0); loss = loss[::-1]", "answer.falls"),
    ("03_repair_programme", "loss", "d = compare(lab.SCENARIO, [broken, find_strategy('do_nothing')], replications=lab.REPLICATIONS, seed=SEED).differences().set_index('outcome').loc['clv']; loss = d['low'], d['high']", "loss.turned"),
    ("03_repair_programme", "loss", "d = compare(lab.SCENARIO, [find_strategy('do_nothing'), broken], replications=lab.REPLICATIONS, seed=SEED).levels().query('outcome == \"clv\"').set_index('strategy'); loss = d.loc['broken', 'low'] - d.loc['do_nothing', 'high'], d.loc['broken', 'high'] - d.loc['do_nothing', 'low']", "loss.levels_subtracted"),
    ("03_repair_programme", "longing", "longing = dict.fromkeys(lab.STAGES, 'reward')", "longing.not_most"),
    ("03_repair_programme", "longing", "longing = dict(zip(lab.STAGES, [3, 0, 0, 3]))", "longing.no_programme"),
    ("03_repair_programme", "repair", "repaired = list(broken.rules)", "repair.unchanged"),
    ("03_repair_programme", "repair", "repaired = []", "repair.empty"),
    ("03_repair_programme", "repair", "repaired = [{'do': {'programme': 'reward'}}]", "repair.free"),
    ("03_repair_programme", "repair", "repaired = [{'do': {'programme': 'reward', 'intensity': 3}, 'cost': {'per_month': 1.0, 'in': 'programme'}}]", "repair.free"),
    ("03_repair_programme", "repair", "repaired = [{'do': {'price': 0.1}}]", "repair.other_action"),
    ("03_repair_programme", "repair", "repaired = [{'do': {'program': 'reward'}}]", "repair.refused"),
    ("03_repair_programme", "repair", "repaired = [{'who': {'stage': list(lab.STAGES[:3])}, 'do': {'programme': 'community'}, 'cost': {'per_month': 3.0, 'in': 'programme'}}]", "repair.harmful"),
    ("03_repair_programme", "repair", "repaired = [{'who': {'stage': s}, 'do': {'programme': p, 'intensity': 2.0}, 'cost': {'per_month': 2.0, 'in': 'programme'}} for s, p in longing.items()]", "repair.dear"),
    ("03_repair_programme", "effect", "m = differences(Strategy(name='repaired', about='x', rules=repaired))['mean']; net_gain = m['clv'] - m['strategy_cost']; gross_gain = m['clv']", "effect.cost_twice"),
    ("03_repair_programme", "effect", "m = differences(Strategy(name='repaired', about='x', rules=repaired))['mean']; net_gain = gross_gain = m['clv']", "effect.net"),
    ("04_clv_by_hand", "year", "clv_year = margin * (1 + discount) / (1 + discount - retention)", "year.immediate"),
    ("04_clv_by_hand", "year", "clv_year = margin / (1 - retention)", "year.lifetime"),
    ("04_clv_by_hand", "year", "clv_year = margin * (1 - retention) / (discount + retention)", "year.churn"),
    ("04_clv_by_hand", "year", "clv_year = margin,", "answer.no_number"),
    ("04_clv_by_hand", "month", "clv_month = margin / 12 * retention / (1 + discount / 12 - retention) * 1.01", "answer.too_low"),
    ("04_clv_by_hand", "month", "k = retention ** (1 / 12); clv_month = margin / 12 * k / (1 + discount / 12 - k)", "month.twelfth_of_discount"),
    ("04_clv_by_hand", "month", "k = retention ** (1 / 12); clv_month = margin / 12 * k / (1 + discount - k)", "month.yearly_discount"),
    ("04_clv_by_hand", "month", "clv_month = margin / 12 * retention / (1 + discount - retention)", "month.yearly_both"),
    ("04_clv_by_hand", "finite", "def clv_finite(m, r, d, n): return m * sum((1 + d) ** -k for k in range(n))", "finite.annuity"),
    ("04_clv_by_hand", "finite", "def clv_finite(m, r, d, n): return m * sum((r / (1 + d)) ** k for k in range(n + 1))", "finite.one_more"),
    ("04_clv_by_hand", "finite", "def clv_finite(m, r, d, n): return m * (1 + d) / (1 + d - r)", "finite.endless"),
    ("04_clv_by_hand", "finite", "def clv_finite(m, r, d, n): return m / 0", "answer.raises"),
    ("04_clv_by_hand", "annuity", "x = 1 / (1 - retention); a = (1 - (1 + discount) ** -x) / discount; overstated_percent = 100 * (a / ((1 + discount) / (1 + discount - retention)) - 1)", "annuity.late_annuity"),
    ("04_clv_by_hand", "annuity", "x = 1 / (1 - retention); a = (1 - (1 + discount) ** -x) / discount; overstated_percent = 100 * (1 - 1 / (1 + discount - retention) / a)", "annuity.of_annuity"),
    ("04_clv_by_hand", "annuity", "overstated_percent = 100 * (1 / (1 - retention) / ((1 + discount) / (1 + discount - retention)) - 1)", "annuity.undiscounted"),
    ("04_clv_by_hand", "truth", "m, r, d, c = lab.records(ledger); formula = clv_finite(m, r, d, lab.YEARS)", "truth.without_cost"),
    ("04_clv_by_hand", "truth", "m, r, d, c = lab.records(ledger); formula = clv_finite(m, r, d, lab.YEARS) - c; truth = customer_values(ledger, discounted=False)['clv'].mean(); error_percent = 0.0", "truth.undiscounted"),
    ("04_clv_by_hand", "truth", "m, r, d, c = lab.records(ledger); formula = clv_finite(m, r, d, lab.YEARS) - c; v = customer_values(ledger)['clv']; truth = v[ledger.customers['left'][v.index] > 1e9].mean(); error_percent = 0.0", "truth.survivors"),
    ("04_clv_by_hand", "truth", "m, r, d, c = lab.records(ledger); formula = clv_finite(m, r, d, lab.YEARS) - c; truth = customer_values(ledger)['clv'].mean(); error_percent = 100 * (1 - formula / truth)", "truth.error_minus"),
    ("05_grade_customers", "abc", "def abc(log): r = log.groupby('customer')['amount'].sum(); return pd.cut(r.rank(ascending=False, pct=True), [0, 0.2, 0.5, 1], labels=list('ABC'))", "abc.by_fifth"),
    ("05_grade_customers", "abc", "def abc(log): r = log.groupby('customer')['amount'].sum(); return pd.cut(r.rank(ascending=False, pct=True), [0, 0.7, 0.9, 1], labels=list('ABC'))", "abc.by_head"),
    ("05_grade_customers", "abc", "def abc(log): r = log.groupby('customer')['amount'].sum(); s = r.sort_values().cumsum() / r.sum(); return pd.cut(s, [0, 0.7, 0.9, 1.1], labels=list('ABC'))", "abc.from_below"),
    ("05_grade_customers", "abc", "def abc(log): return abc_classes(log['amount'])", "answer.no_series"),
    ("05_grade_customers", "abc", "def abc(log): return pd.Series(abc_classes(log['amount']))", "answer.index"),
    ("05_grade_customers", "abc", "def abc(log): return pd.Series('A', log['customer'].unique())", "answer.labels"),
    ("05_grade_customers", "rfm", "g = log.groupby('customer'); cells = rfm_scores(-(lab.END - g['date'].max()).dt.days, g.size(), g['amount'].sum())['cell']", "rfm.recency_turned"),
    ("05_grade_customers", "rfm", "g = log.groupby('customer'); cells = rfm_scores((lab.END - g['date'].max()).dt.days, g.size(), g['amount'].mean())['cell']", "rfm.mean_amount"),
    ("05_grade_customers", "rfm", "g = log.groupby('customer'); cells = rfm_scores((lab.END - g['date'].max()).dt.days, g.size(), g['amount'].sum())['score']", "rfm.sum"),
    ("05_grade_customers", "pyramid", "r = log.groupby('customer')['amount'].sum(); tier = pd.Series(customer_pyramid(r), r.index)", "pyramid.revenue"),
    ("05_grade_customers", "pyramid", "r = log.groupby('customer')['amount'].sum(); tier = pd.Series(customer_pyramid(r - lab.COST), r.index)", "pyramid.without_margin"),
    ("05_grade_customers", "graded", "g = log.groupby('customer'); t = pd.DataFrame({'revenue': g['amount'].sum(), 'purchases': g.size(), 'recency': (lab.END - g['date'].max()).dt.days, 'categories': g['categories'].max()}); score = pd.Series(weighted_score(t, lab.WEIGHTS), t.index)", "graded.recency_turned"),
    ("05_grade_customers", "graded", "g = log.groupby('customer'); t = pd.DataFrame({'revenue': g['amount'].sum(), 'purchases': g.size(), 'recency': (lab.END - g['date'].max()).dt.days, 'categories': g['categories'].max()}); score = (t * pd.Series(lab.WEIGHTS)).sum(axis=1)", "graded.unscaled"),
    ("05_grade_customers", "graded", "score = log.groupby('customer')['date'].max().astype(str)", "graded.no_scores"),
    ("05_grade_customers", "captured", "past = table['revenue']; captured = {k: (top_share(r, lab.TOP) * past).sum() / past.sum() for k, r in {'revenue': past, 'rfm': scores['score'], 'weighted': score}.items()}", "captured.past"),
    ("05_grade_customers", "captured", "n = lab.next_year(SEED); captured = {k: 100 * (top_share(r, lab.TOP) * n).sum() / n.sum() for k, r in {'revenue': table['revenue'], 'rfm': scores['score'], 'weighted': score}.items()}", "captured.percent"),
    ("05_grade_customers", "captured", "captured = {'revenue': 0.4}", "answer.keys"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "task", "code", "key"), WRONG, ids=[f"{n[:2]}-{task}-{key}" for n, task, _, key in WRONG]
)
def test_a_typical_mistake_is_explained(name, task, code, key):
    seed = 1
    said = play(LABS[name], "zh", seed, answers={task: code}, checks={f"check_{task}"})[f"check_{task}"]
    keys = [k for k in catalogue() if re.fullmatch(re.escape(f"lab.{key}").replace(r"\*", ".*"), k)]
    assert keys and any(is_sentence(said, k, "zh") for k in keys), said


def test_every_lab_has_wrong_answers_to_try():
    assert all(sum(row[0] == name for row in WRONG) >= 3 for name in LABS)


@pytest.mark.parametrize("answer", [True, [1.0], None, ..., float("nan"), "１２"])
def test_what_is_no_number_is_not_taken_for_one(answer):
    with pytest.raises(NotYet, match="^✗ profit"):
        LabCheck("cost", {"profit": answer}, "en").number("profit")


def test_an_unknown_language_is_said():
    with pytest.raises(NotYet, match="LANG must be"):
        LabCheck("cost", {}, "fr")
