"""What surveys say about satisfaction, and what they miss.

Ask a hotel's guests and you hear from the delighted and the angry, in whole stars, on the day you ask.
A firm has no more than that. The simulator knows what everybody felt, so it can tell the two errors
apart: that of the answers, and that of hearing only from those who answer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.metrics.satisfaction import SATISFIED
from crmsim.metrics.satisfaction_formulas import net_promoter_score, nps_standard_error
from crmsim.model.records import DAY, SurveyCount
from crmsim.stages import Status
from crmsim.tiers import Tier

__all__ = ["SATISFIED_SCORE", "satisfied_in_surveys", "survey_bias", "survey_by_tier", "survey_rounds"]

#: A score from 1 to 5 that says satisfied. An exact answer of 4 begins where the remembered ratio c is
#: 0.967, next to the border of true satisfaction.
SATISFIED_SCORE = 4


def survey_rounds(ledger: Ledger) -> pd.DataFrame:
    """Return the result of every round of the survey, as the firm has it.

    Returns
    -------
    DataFrame
        Indexed by day, a row for each window in which somebody was asked: ``asked``, ``answered``,
        ``response_rate`` (0 to 1), ``mean_score`` (1 to 5), ``nps`` (-100 to 100) and ``nps_se``, its
        standard error in points; nan where nobody answered.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> rounds = survey_rounds(simulate(preset("retail").with_values(customers=100, horizon_days=720)))
    >>> rounds.index.to_list()
    [180.0, 360.0, 540.0, 720.0]
    """
    months = ledger.months[ledger.months["survey"][:, SurveyCount.ASKED] > 0]
    counts = months["survey"]
    asked, answered = counts[:, SurveyCount.ASKED], counts[:, SurveyCount.ANSWERED]
    ups, downs = counts[:, SurveyCount.PROMOTERS], counts[:, SurveyCount.DETRACTORS]
    votes = list(zip(ups, answered - ups - downs, downs, strict=True))
    return pd.DataFrame(
        {
            "asked": asked,
            "answered": answered,
            "response_rate": answered / asked,
            "mean_score": counts[:, SurveyCount.SCORES] / np.where(answered > 0, answered, np.nan),
            "nps": [net_promoter_score(*vote) for vote in votes],
            "nps_se": [nps_standard_error(*vote) for vote in votes],
        },
        index=pd.Index(months["time"] / DAY, name="day"),
    )


def survey_by_tier(ledger: Ledger) -> pd.DataFrame:
    """Return the last answers of the active customers at the end, by tier and for ``all``.

    Returns
    -------
    DataFrame
        ``customers``, ``answered`` (who ever did), ``mean_score`` (1 to 5), ``satisfied`` (share of
        scores from 4 up), ``nps`` and ``nps_se`` (points), and ``index``: the mean satisfaction index
        of three questions (0 to 100); nan where nobody answered.
    """
    people = ledger.customers[ledger.customers["status"] == Status.ACTIVE]
    groups = {tier.name.lower(): people[people["tier"] == tier] for tier in Tier} | {"all": people}
    return pd.DataFrame.from_dict(
        {name: _last_answers(group) for name, group in groups.items()}, orient="index"
    ).rename_axis("tier")


def satisfied_in_surveys(ledger: Ledger) -> pd.DataFrame:
    """Return the share of satisfied answers on every day of a survey, from the event log.

    Returns
    -------
    DataFrame
        Indexed by day, where anybody answered: ``answered``, ``satisfied`` (share of scores from 4 up,
        0 to 1) and ``standard_error`` of that share.
    """
    rows = ledger.log()
    answers = rows[(rows["kind"] == EventKind.SURVEY) & (rows["detail"] > 0)]
    happy = pd.Series(answers["detail"] % 10 >= SATISFIED_SCORE, index=answers["time"] / DAY, dtype=float)
    by_day = happy.groupby(level=0)
    table = pd.DataFrame({"answered": by_day.count(), "satisfied": by_day.mean()}).rename_axis("day")
    spread = np.sqrt(table["satisfied"] * (1.0 - table["satisfied"]))
    return table.assign(standard_error=spread / np.sqrt(table["answered"]))


def survey_bias(ledger: Ledger) -> pd.Series:
    """Return how far the last round of the survey is from the truth, and why.

    Shares of satisfied customers (0 to 1) among those who were asked in the last round: by the truth
    among all of them, by the truth among those who answered, and by the answers. What customers feel
    is taken at the end of the run; let the run end with a survey to compare like with like.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.

    Returns
    -------
    Series
        ``asked``, ``answered``, ``response_rate``; ``truth``, ``truth_of_respondents``, ``answers``;
        ``non_response_bias`` = truth of respondents - truth, ``survey_error`` = answers - truth of
        respondents, and ``standard_error`` of the answers. nan where nobody was asked or answered.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> bias = survey_bias(simulate(preset("retail").with_values(customers=100, horizon_days=720)))
    >>> error = bias["non_response_bias"] + bias["survey_error"]
    >>> bool(abs(bias["answers"] - bias["truth"] - error) < 1e-12)
    True
    """
    rows = ledger.log()
    asked = rows[rows["kind"] == EventKind.SURVEY]
    asked = asked[asked["time"] == asked["time"].max(initial=0)]
    happy = ledger.customers["ratio"][asked["customer"]] >= SATISFIED
    answered = asked["detail"] > 0
    said = asked["detail"][answered] % 10 >= SATISFIED_SCORE
    truth, heard, answers = _mean(happy), _mean(happy[answered]), _mean(said)
    return pd.Series(
        {
            "asked": len(asked),
            "answered": answered.sum(),
            "response_rate": _mean(answered),
            "truth": truth,
            "truth_of_respondents": heard,
            "answers": answers,
            "non_response_bias": heard - truth,
            "survey_error": answers - heard,
            "standard_error": np.sqrt(answers * (1.0 - answers) / max(len(said), 1)),
        },
        dtype=float,
    )


def _last_answers(people: np.ndarray) -> dict[str, float]:
    known = people[people["survey_score"] > 0]
    ups, downs = (known["survey_nps"] >= 9).sum(), (known["survey_nps"] <= 6).sum()
    vote = (ups, len(known) - ups - downs, downs)
    return {
        "customers": len(people),
        "answered": len(known),
        "mean_score": _mean(known["survey_score"]),
        "satisfied": _mean(known["survey_score"] >= SATISFIED_SCORE),
        "nps": net_promoter_score(*vote),
        "nps_se": nps_standard_error(*vote),
        "index": _mean(known["survey_index"]),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
