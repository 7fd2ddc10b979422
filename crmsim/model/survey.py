"""Surveys: who answers, and how far the answer is from the truth.

Ask a restaurant's guests and you hear from those who loved it and those who are still angry; the
rest throws the card away. Answers are whole numbers on the usual scales, rounded and with an error,
so a survey is a blurred and biased picture of satisfaction (Reichheld 2003 for the recommendation
question; Fornell et al. 1996 for the index of three questions).
"""

from __future__ import annotations

import math

from crmsim.compiling import compiled, formula
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, normal, uniform
from crmsim.model.booking import mark, note
from crmsim.model.records import SurveyCount, Trigger

__all__ = ["LOW_SCORE", "answer_on_scale", "ask", "index_of_items", "response_probability"]

#: A score of at most this sets off rules that wait for a low survey.
LOW_SCORE = 2
_ITEMS = 3


@formula
def response_probability(satisfaction, response_base, response_extreme):
    """Return the probability that a customer answers; strong feelings make it more likely.

    Parameters
    ----------
    satisfaction : float
        Running mean of signed disconfirmation; 0 is neutral.
    response_base, response_extreme : float
        For the indifferent, and what strong feelings add.

    Examples
    --------
    >>> response_probability(0.0, 0.25, 0.5), response_probability(-0.3, 0.25, 0.5)
    (0.25, 0.75)
    """
    return response_base + response_extreme * min(1.0, 4.0 * abs(satisfaction))


@formula
def answer_on_scale(value, low, high):
    """Return the whole number of a scale from `low` to `high` that is nearest to a value.

    Examples
    --------
    >>> answer_on_scale(3.9, 1, 5), answer_on_scale(7.2, 1, 5)
    (4, 5)
    """
    return min(max(math.floor(value + 0.5), low), high)


@formula
def index_of_items(total):
    """Return the index from 0 to 100 that goes with the sum of three answers from 1 to 10.

    Examples
    --------
    >>> index_of_items(30), index_of_items(3)
    (100.0, 0.0)
    """
    return (total - _ITEMS) / (9.0 * _ITEMS) * 100.0


@compiled
def ask(c, p, run, log, now):
    """Ask a customer for a score, a recommendation and the three items of the index."""
    k = c.surveys
    c.surveys += 1
    run.survey[SurveyCount.ASKED] += 1
    chance = response_probability(c.satisfaction, p.response_base, p.response_extreme)
    if uniform(c.key, Purpose.SURVEY_ANSWER.value, k) >= chance:
        note(c, run, log, now, EventKind.SURVEY.value, 0, 0.0, Component.NONE.value)
        return
    error = p.survey_noise
    score = 3.9 + 12.0 * (c.ratio - 1.0) + 0.4 * error * normal(c.key, Purpose.SURVEY_SCORE.value, k)
    recommend = 7.0 + 10.0 * (c.attitude - 0.3) + 15.0 * c.satisfaction
    recommend += error * normal(c.key, Purpose.SURVEY_RECOMMEND.value, k)
    c.survey_score = answer_on_scale(score, 1, 5)
    c.survey_nps = answer_on_scale(recommend, 0, 10)
    c.survey_index = _index(c, p, k)
    run.survey[SurveyCount.ANSWERED] += 1
    run.survey[SurveyCount.SCORES] += c.survey_score
    if c.survey_nps >= 9:
        run.survey[SurveyCount.PROMOTERS] += 1
    elif c.survey_nps <= 6:
        run.survey[SurveyCount.DETRACTORS] += 1
    if c.survey_score <= LOW_SCORE:
        mark(c, Trigger.LOW_SURVEY.value)
    answer = 10 * c.survey_nps + c.survey_score
    note(c, run, log, now, EventKind.SURVEY.value, answer, 0.0, Component.NONE.value)


@compiled
def _index(c, p, k):
    """Return the index: satisfied as a whole, compared with expectations, compared with the best there is."""
    as_a_whole = c.ratio - 1.0
    as_expected = c.satisfaction
    near_ideal = c.ratio * c.expectation - p.market_best
    total = 0
    for item in range(_ITEMS):
        felt = as_a_whole if item == 0 else as_expected if item == 1 else near_ideal
        noise = 0.8 * p.survey_noise * normal(c.key, Purpose.SURVEY_INDEX.value, k * _ITEMS + item)
        total += answer_on_scale(7.7 + 24.0 * felt + noise, 1, 10)
    return index_of_items(total)
