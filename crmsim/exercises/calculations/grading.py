"""Customers in classes: RFM cells, ABC classes, a weighted score, the key account matrix."""

from __future__ import annotations

import numpy as np

from crmsim.audit.classes import abc_classes
from crmsim.audit.grading import weighted_score
from crmsim.audit.matrices import kaism
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Codes, Draft, Generator, Number, Term
from crmsim.exercises.question import Text

__all__ = ["GENERATORS"]

_LETTERS = "ABCDEFGHIJ"
_CRITERIA = {
    "amount": Text(en="order amount", zh="订货金额"),
    "profit": Text(en="profit contribution", zh="利润贡献"),
    "credit": Text(en="credit standing", zh="信用状况"),
    "prospect": Text(en="development prospect", zh="发展前景"),
}
_CUTS = (0.7, 0.9)
_KAISM_CUT = 6.0
_CELLS = {
    "key": Text(en="key customer", zh="关键客户"),
    "development": Text(en="development customer", zh="发展客户"),
    "maintenance": Text(en="maintenance customer", zh="维持客户"),
    "opportunity": Text(en="opportunity customer", zh="机会客户"),
}
_ALSO = {
    name: (
        name,
        f"{name} customers",
        f"{name} account",
        f"{name} accounts",
        _CELLS[name].zh.replace("客户", "型客户"),
    )
    for name in _CELLS
}


def _rfm(draw: Draw) -> Draft:
    days = draw.shuffled(
        "days", sorted({draw.pick(f"days {k}", range(5 + 30 * k, 30 + 30 * k)) for k in range(10)})
    )
    visits = draw.shuffled("visits", [draw.pick(f"visits {k}", (2 * k + 1, 2 * k + 2)) for k in range(10)])
    spend = draw.shuffled(
        "spend", [50 * draw.pick(f"spend {k}", range(4 * k + 2, 4 * k + 6)) for k in range(10)]
    )
    who = draw.pick("who", range(10))
    scores = rfm_scores(days, visits, spend, ties="rank").iloc[who]
    r, f, m = (int(scores[name]) for name in "rfm")

    def cell(*digits: int) -> tuple[str, ...]:
        return tuple(str(digit) for digit in digits)

    slips = {
        "long_ago_is_good": cell(6 - r, f, m),
        "one_is_best": cell(6 - r, 6 - f, 6 - m),
        "order": cell(f, r, m),
        "recency_last": cell(f, m, r),
    }
    figures = {"days": days, "visits": visits, "spend": spend, "who": who, "letter": _LETTERS[who],
               "own_days": days[who], "own_visits": visits[who], "own_spend": spend[who], "r": r, "f": f,
               "m": m,
               "r_place": sorted(days).index(days[who]) + 1,
               "f_place": sorted(visits, reverse=True).index(visits[who]) + 1,
               "m_place": sorted(spend, reverse=True).index(spend[who]) + 1}  # fmt: skip
    rows = [(_LETTERS[k], days[k], visits[k], spend[k]) for k in range(10)]
    return Draft(figures, Codes(cell(r, f, m), "12345", "RFM"), slips, rows)


def _abc(draw: Draw) -> Draft:
    sizes = [draw.pick("1", range(300, 401, 5)), draw.pick("2", range(170, 251, 5)),
             draw.pick("3", range(90, 141, 5)), draw.pick("4", range(60, 86, 5)),
             draw.pick("5", range(35, 56, 5)), draw.pick("6", range(20, 34)),
             draw.pick("7", range(10, 19)), draw.pick("8", range(2, 9))]  # fmt: skip
    profits = draw.shuffled("order", sizes)
    shares = np.array(profits) / sum(profits)
    order = np.argsort(-shares)
    running = np.empty(8)
    running[order] = np.cumsum(shares[order])

    def coded(reached: np.ndarray) -> tuple[str, ...]:
        """Return the classes if one is in A as long as what has been reached is at most the first cut."""
        return tuple("ABC"[int((reached > np.array(_CUTS) + 1e-9).sum())] for reached in reached)

    by_number = np.empty(8)
    by_number[order] = np.arange(1, 9) / 8
    slips = {
        "crossing_out": coded(running),
        "by_number": tuple("ABC"[int(s > 0.2) + int(s > 0.5)] for s in by_number),
        "not_sorted": coded(np.cumsum(shares)),
        "each_alone": tuple("ABC"[int(s < 0.2) + int(s < 0.1)] for s in shares),
    }
    ranked = [f"{_LETTERS[k]}" for k in order]
    figures = {"profits": profits, "total": sum(profits), "ranked": ranked,
               "ranked_shares": [float(s) for s in shares[order]],
               "running": [float(s) for s in running[order]]}  # fmt: skip
    rows = [(_LETTERS[k], profits[k]) for k in range(8)]
    value = tuple(abc_classes(profits, _CUTS).tolist())
    return Draft(figures, Codes(value, "ABC"), slips, rows)


def _weighted(draw: Draw) -> Draft:
    weights = draw.pick("weights", ((40, 30, 20, 10), (35, 30, 20, 15), (30, 40, 20, 10), (20, 40, 30, 10)))
    marks = [draw.pick(f"mark {k}", range(30, 101, 5)) for k in range(4)]
    shares = {name: weight / 100 for name, weight in zip(_CRITERIA, weights, strict=True)}
    columns = {name: [float(mark)] for name, mark in zip(_CRITERIA, marks, strict=True)}
    scales = dict.fromkeys(_CRITERIA, (0.0, 100.0))
    value = 100.0 * float(weighted_score(columns, shares, scales=scales)[0])
    slips = {
        "unweighted": sum(marks) / 4,
        "biggest_only": float(marks[weights.index(max(weights))]),
        "reversed": sum(w * x for w, x in zip(weights[::-1], marks, strict=True)) / 100,
        "summed": float(sum(marks)),
    }
    figures = {"weights": [w / 100 for w in weights], "marks": marks,
               "biggest": list(_CRITERIA.values())[weights.index(max(weights))],
               "terms": [w * x / 100 for w, x in zip(weights, marks, strict=True)]}  # fmt: skip
    rows = [(text, weights[k] / 100, marks[k]) for k, text in enumerate(_CRITERIA.values())]
    return Draft(figures, Number(value, "points", 1), slips, rows)


def _kaism(draw: Draw) -> Draft:
    weights = draw.pick("weights", ((50, 30, 20), (60, 20, 20), (40, 40, 20)))
    attractive = [draw.pick(f"attractive {k}", range(1, 11)) for k in range(3)]
    strong = [draw.pick(f"strong {k}", range(1, 11)) for k in range(3)]
    scores = [sum(w * x for w, x in zip(weights, marks, strict=True)) / 100 for marks in (attractive, strong)]
    value = str(kaism([scores[0]], [scores[1]], cuts=(_KAISM_CUT, _KAISM_CUT))[0])
    # The matrix has the attractive ones in its first row; a slip goes to the other row, column, or both.
    other_row = {"key": "maintenance", "maintenance": "key", "development": "opportunity"}
    other_row["opportunity"] = "development"
    other_column = {"key": "development", "development": "key", "maintenance": "opportunity"}
    other_column["opportunity"] = "maintenance"
    slips = {
        "attractiveness": other_row[value],
        "strength": other_column[value],
        "both": other_row[other_column[value]],
    }
    yes, no = Text(en="high", zh="高"), Text(en="low", zh="低")
    figures = {"attractive": attractive, "strong": strong, "weights": [w / 100 for w in weights],
               "attractiveness": scores[0], "strength": scores[1], "cut": _KAISM_CUT, "cell": _CELLS[value],
               "row": yes if scores[0] >= _KAISM_CUT else no,
               "column": yes if scores[1] >= _KAISM_CUT else no}  # fmt: skip
    rows = [(k + 1, weights[k] / 100, attractive[k], strong[k]) for k in range(3)]
    return Draft(figures, Term(value, _CELLS, _ALSO), slips, rows)


GENERATORS = (
    Generator("rfm_cell", _rfm, "grading"),
    Generator("abc_classes", _abc, "grading"),
    Generator("weighted_score", _weighted, "grading"),
    Generator("kaism_cell", _kaism, "grading"),
)
