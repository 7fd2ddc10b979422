"""Lab 5: grade customers by ABC, RFM, the pyramid and a weighted score; see how the third year came out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from crmsim.audit.classes import abc_classes
from crmsim.audit.grading import grades, weighted_score
from crmsim.audit.hits import hit_rate, top_share
from crmsim.audit.pyramid import customer_pyramid
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.datasets.tables import load_table
from crmsim.exercises.calculations.drawing import Draw
from crmsim.teaching.lab_checks import LabCheck, Passed, close

__all__ = [
    "COST", "END", "MARGIN", "METHODS", "TOP", "WEIGHTS", "check_abc", "check_captured", "check_graded",
    "check_pyramid", "check_rfm", "next_year", "transactions",
]  # fmt: skip

#: The day after the last one of the log.
END = pd.Timestamp("2025-12-21")
#: Contribution as a share of revenue; yuan per customer for winning and keeping the account, two years.
MARGIN, COST = 0.4, 110.0
#: Of the weighted score; of recency less is better.
WEIGHTS = {"revenue": 0.4, "purchases": 0.3, "recency": 0.2, "categories": 0.1}
#: Rankings to be held against the truth, and how many customers are picked.
METHODS, TOP = ("revenue", "rfm", "weighted"), 0.2
#: So many of the 614 customers are a student's own.
_CUSTOMERS = 400


@lru_cache(maxsize=4)
def _own(seed: int) -> pd.Index:
    customers = load_table("retail", "customers")["customer"].tolist()
    return pd.Index(sorted(Draw("lab_grading", "", seed, 0).shuffled("customers", customers)[:_CUSTOMERS]))


def transactions(seed: int) -> pd.DataFrame:
    """Return the purchases of a student's own customers: ``customer``, ``date``, ``amount``, ``categories``.

    Examples
    --------
    >>> log = transactions(1)
    >>> log["customer"].nunique(), bool((log["date"] < END).all())
    (400, True)
    """
    log = load_table("retail", "transactions")
    own = log[log["customer"].isin(_own(seed))]
    return own[["customer", "date", "amount", "categories"]].reset_index(drop=True)


def next_year(seed: int) -> pd.Series:
    """Return what no firm could know: the revenue of the third year, by customer, in yuan."""
    truth = load_table("retail", "truth").set_index("customer")["revenue_next"]
    return truth.loc[_own(seed)].rename("revenue_next")


@lru_cache(maxsize=4)
def _measures(seed: int) -> pd.DataFrame:
    groups = transactions(seed).groupby("customer")
    return pd.DataFrame(
        {
            "revenue": groups["amount"].sum(),
            "purchases": groups.size(),
            "recency": (END - groups["date"].max()).dt.days,
            "categories": groups["categories"].max(),
        }
    )


def _labels(measures: pd.DataFrame, labels: Any) -> pd.Series:
    return pd.Series(np.asarray(labels).astype(str), measures.index)


def check_abc(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that puts customers into ABC classes by revenue."""
    check = LabCheck("abc", names, lang)
    start = check.seed(seed)
    table = _measures(start)
    given = check.as_column("abc(log)", check.call("abc", transactions(start)), table.index)
    revenue = table["revenue"]
    truth = _labels(table, abc_classes(revenue))
    rank = revenue.rank(ascending=False, pct=True, method="first")
    turned = {"A": "C", "B": "B", "C": "A"}
    slips = {
        "by_head": pd.cut(rank, [0, 0.7, 0.9, 1], labels=list("ABC")),
        "by_head_small": pd.cut(rank, [0, 0.1, 0.3, 1], labels=list("ABC")),
        "by_fifth": pd.cut(rank, [0, 0.2, 0.5, 1], labels=list("ABC")),
        "from_below": _labels(table, _classes_from_below(revenue)),
        "turned": truth.map(turned),
        "by_purchases": _labels(table, abc_classes(table["purchases"])),
    }
    check.expect_labels("abc(log)", given, truth, slips)
    return check.passed(share=f"{100 * (truth == 'A').mean():.0f}")


def _classes_from_below(revenue: pd.Series) -> np.ndarray:
    """Return the classes of somebody who sums up from the smallest customer."""
    share = revenue.sort_values().cumsum() / revenue.sum()
    return pd.cut(share.reindex(revenue.index), [0, 0.7, 0.9, 1.1], labels=list("ABC")).to_numpy()


def check_rfm(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the RFM cells by quintiles."""
    check = LabCheck("rfm", names, lang)
    table = _measures(check.seed())
    r, f, m = table["recency"], table["purchases"], table["revenue"]
    truth = rfm_scores(r, f, m)["cell"]
    slips = {
        "recency_turned": rfm_scores(-r, f, m)["cell"],
        "best_is_one": rfm_scores(r, f, m, best=1)["cell"],
        "nested": rfm_scores(r, f, m, convention="nested")["cell"],
        "quartiles": rfm_scores(r, f, m, quantiles=4)["cell"],
        "sum": rfm_scores(r, f, m)["score"],
        "mean_amount": rfm_scores(r, f, m / f)["cell"],
    }
    check.expect_labels("cells", check.column("cells", table.index), truth, slips)
    return check.passed(best=int((truth == "555").sum()))


def check_pyramid(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the tiers of the pyramid, which go by profit."""
    check = LabCheck("pyramid", names, lang)
    table = _measures(check.seed())
    revenue = table["revenue"]
    truth = _labels(table, customer_pyramid(MARGIN * revenue - COST))
    letters = dict(zip("ABC", ("platinum", "gold", "iron"), strict=True))
    slips = {
        "revenue": _labels(table, customer_pyramid(revenue)),
        "without_cost": _labels(table, customer_pyramid(MARGIN * revenue)),
        "without_margin": _labels(table, customer_pyramid(revenue - COST)),
        "no_lead": truth.replace("lead", "iron"),
        "letters": truth.map({word: letter for letter, word in letters.items()}).fillna("D"),
    }
    check.expect_labels("tier", check.column("tier", table.index), truth, slips)
    losses = (truth == "lead").mean()
    return check.passed(platinum=f"{100 * (truth == 'platinum').mean():.0f}", lead=f"{100 * losses:.0f}")


def check_graded(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the weighted score, 0 to 1, of every customer."""
    check = LabCheck("graded", names, lang)
    table = _measures(check.seed())
    given = check.column("score", table.index)
    try:
        given = given.astype(float)
    except (TypeError, ValueError):
        check.fail("no_scores")
    truth = _score(table)
    if not _same_scores(given, truth):
        ranks = table.assign(recency=-table["recency"]).rank(pct=True)
        turned = weighted_score(table, WEIGHTS)
        slips = {
            "recency_turned": pd.Series(turned, table.index),
            "unscaled": table.mul(pd.Series(WEIGHTS)).sum(axis=1),
            "by_maximum": _by_maximum(table),
            "equal_weights": _score(table, dict.fromkeys(WEIGHTS, 0.25)),
            "ranks": ranks.mul(pd.Series(WEIGHTS)).sum(axis=1),
            "percent": 100.0 * truth,
        }
        for slip, wrong in slips.items():
            if _same_scores(given, wrong):
                check.fail(slip)
        worst = (given - truth).abs().idxmax()
        check.expect(f"score[{worst!r}]", float(given[worst]), float(truth[worst]), {})
    letters = pd.Series(grades(truth)).value_counts()
    return check.passed(a=int(letters["A"]), b=int(letters["B"]), c=int(letters["C"]))


def _score(table: pd.DataFrame, weights: Mapping[str, float] = WEIGHTS) -> pd.Series:
    return pd.Series(weighted_score(table, weights, lower_is_better=["recency"]), table.index)


def _by_maximum(table: pd.DataFrame) -> pd.Series:
    """Return the score of somebody who divides by the maximum, so that nobody gets 0."""
    scaled = table / table.max()
    scaled["recency"] = 1.0 - scaled["recency"]
    return scaled.mul(pd.Series(WEIGHTS)).sum(axis=1)


def _same_scores(one: pd.Series, other: pd.Series) -> bool:
    return bool(np.allclose(one, other, rtol=0.001, atol=0.001))


def check_captured(names: Mapping[str, Any], lang: str) -> Passed:
    """Check which share of the third year's revenue the top fifth of each ranking brings."""
    check = LabCheck("captured", names, lang)
    seed = check.seed()
    table, coming = _measures(seed), next_year(seed)
    rankings = _rankings(table)
    given = check.mapping("captured", METHODS)
    truth = {method: _captured(rank, coming) for method, rank in rankings.items()}
    for method, rank in rankings.items():
        slips = {
            "past": _captured(rank, table["revenue"]),
            "hits": hit_rate(rank, coming, TOP),
            "percent": 100.0 * truth[method],
            "bottom": _captured(-rank, coming),
            "yuan": truth[method] * float(coming.sum()),
        }
        name = f"captured[{method!r}]"
        check.expect(name, check.as_number(name, given[method]), truth[method], slips, _hundredth)
    perfect = _captured(coming, coming)
    found = ", ".join(f"{method} {100 * share:.0f} %" for method, share in truth.items())
    return check.passed(found=found, perfect=f"{100 * perfect:.0f}")


def _rankings(table: pd.DataFrame) -> dict[str, pd.Series]:
    rfm = rfm_scores(table["recency"], table["purchases"], table["revenue"])["score"]
    return {"revenue": table["revenue"], "rfm": rfm, "weighted": _score(table)}


def _captured(ranking: pd.Series, values: pd.Series) -> float:
    """Return the share of a sum that the top of a ranking brings; equals get their places by lot."""
    return float((top_share(ranking, TOP) * values).sum() / values.sum())


def _hundredth(one: float, other: float) -> bool:
    return close(one, other, 0.005, 0.006)
