"""What gradings of a day of review need, and what only the simulator knows: the profit that came.

The sheet that lies before five examiners: for each customer the records of the firm, and, face down on
the back, what the customer then brought.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.audit.hits import hit_rate, top_share
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.errors import InputError, whole_number
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.metrics.review import review_facts
from crmsim.metrics.stage_value import past_and_future_value
from crmsim.model.records import DAY

__all__ = ["RANKINGS", "grading_sheet", "ranking_marks"]

#: How customers are put in order, for a comparison at the same share of them.
RANKINGS = ("past_profit", "rfm", "kaism", "clv", "chance")
_MIDDLE_ANSWER = 5.0
_NPS_STEP = 10


def grading_sheet(ledger: Ledger, review_day: int) -> pd.DataFrame:
    """Return a row per customer for :func:`crmsim.audit.gradings.grade_customers`, and what came then.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    review_day : int
        From 1 to the last day but one; what happens on it or later is not known to the gradings.

    Returns
    -------
    DataFrame
        Those on the firm's list on the day (:func:`crmsim.metrics.review.review_facts`), indexed by
        number, with its columns and

        - ``strength``: the last answer, 0 to 10, to whether the customer would recommend the firm; who
          never answered counts as the mean of those who did, or as 5 where nobody did;
        - ``gone``: the truth, whether the customer had left by the day, unnoticed by the firm, and never
          came back;
        - ``future``: the truth, profit from the day to the end of the run, discounted to the day
          (currency).

    Raises
    ------
    InputError
        When the day is not in the run, or nobody is on the list.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> sheet = grading_sheet(simulate(preset("retail").with_values(customers=60, horizon_days=720)), 360)
    >>> bool(sheet["strength"].between(0, 10).all()), "future" in sheet
    (True, True)
    """
    whole_number("review_day", review_day, 1, ledger.horizon_days - 1)
    facts = review_facts(ledger, review_day)
    future = past_and_future_value(ledger, review_day=review_day)["narrow"]
    answers = _last_answers(ledger, review_day).reindex(facts.index)
    usual = _MIDDLE_ANSWER if answers.isna().all() else float(answers.mean())
    left = pd.Series(ledger.customers["left"] < review_day * DAY, index=ledger.customers["number"])
    return facts.assign(
        strength=answers.fillna(usual), gone=left.loc[facts.index], future=future.loc[facts.index]
    )


def ranking_marks(sheet: pd.DataFrame, levels: pd.DataFrame, share: float) -> pd.DataFrame:
    """Return how well each way of putting customers in order finds those who are worth most afterwards.

    Parameters
    ----------
    sheet : DataFrame
        As from :func:`grading_sheet`.
    levels : DataFrame
        Gradings of these customers; ``kaism``, if it is there, is ranked by its cells.
    share : float
        The top share of customers, above 0 and at most 1.

    Returns
    -------
    DataFrame
        Indexed by :data:`RANKINGS`: ``hit_rate`` (part of the truly best that are found, 0 to 1) and
        ``found`` (future profit of those on top over that of the truly best; nan where that is not above
        0). Past profit is the order of ABC, the pyramid and the level schemes: they only cut it elsewhere.

    Raises
    ------
    InputError
        When the share is none, or the tables are not of the same customers.
    """
    if len(sheet) != len(levels):
        raise InputError("levels", f"must be of the {len(sheet)} customers of the sheet", len(levels))
    future = sheet["future"].to_numpy(dtype=float)
    scores = rfm_scores(sheet["recency_days"], sheet["purchases"], sheet["revenue_12m"])["score"]
    orders = {
        "past_profit": sheet["past_profit"],
        "rfm": scores.astype(float),
        "clv": sheet["clv_estimate"],
        "chance": np.zeros(len(sheet)),
    }
    if "kaism" in levels:
        orders["kaism"] = -levels["kaism"].cat.codes.astype(float)
    best = float((top_share(future, share) * future).sum())
    marks = {
        name: {
            "hit_rate": hit_rate(orders[name], future, share),
            "found": float((top_share(orders[name], share) * future).sum()) / best if best > 0.0 else np.nan,
        }
        for name in RANKINGS
        if name in orders
    }
    return pd.DataFrame.from_dict(marks, orient="index").rename_axis("ranking")


def _last_answers(ledger: Ledger, review_day: int) -> pd.Series:
    """Return each customer's last answer to the question of recommendation before a day."""
    rows = ledger.log()
    answered = (rows["kind"] == EventKind.SURVEY) & (rows["detail"] > 0)
    rows = rows[answered & (rows["time"] < review_day * DAY)]
    answers = pd.Series(rows["detail"] // _NPS_STEP, index=rows["customer"], dtype=float)
    return answers.groupby(level=0).last()
