"""Satisfaction in numbers: c = b / a and the net promoter score."""

from __future__ import annotations

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.exercises.question import Text
from crmsim.metrics.satisfaction_formulas import net_promoter_score, satisfaction_ratio

__all__ = ["GENERATORS"]

_FEATURES = (
    Text(en="product quality", zh="产品质量"),
    Text(en="delivery", zh="送货"),
    Text(en="advice", zh="咨询服务"),
    Text(en="after-sales service", zh="售后服务"),
)
_VERDICTS = {
    "below": Text(en="below 1: the customer is dissatisfied", zh="小于1：客户不满意"),
    "above": Text(en="above 1: the customer is very satisfied", zh="大于1：客户很满意"),
}


def _ratio(draw: Draw) -> Draft:
    expected = [draw.pick(f"expected {k}", range(5, 10)) for k in range(4)]
    perceived = [draw.pick(f"perceived {k}", range(4, 11)) for k in range(4)]
    a, b = sum(expected), sum(perceived)
    value = float(satisfaction_ratio(b, a))
    slips = {
        "inverted": a / b,
        "difference": float(b - a),
        "relative": (b - a) / a,
        "of_full_marks": b / 40.0,
    }
    verdict = _VERDICTS["below" if b < a else "above"]
    figures = {"expected": expected, "perceived": perceived, "a": a, "b": b, "verdict": verdict}
    rows = [(_FEATURES[k], expected[k], perceived[k]) for k in range(4)]
    return Draft(figures, Number(value, "number", 2), slips, rows)


def _nps(draw: Draw) -> Draft:
    counts = [draw.pick(f"count {score}", range(0, 9)) for score in range(5)]
    counts += [draw.pick(f"count {score}", range(5, 31)) for score in range(5, 11)]
    ups, middles, downs = sum(counts[9:]), sum(counts[7:9]), sum(counts[:7])
    total = ups + middles + downs
    value = net_promoter_score(ups, middles, downs)
    slips = {
        "inverted": -value,
        "promoters_only": 100.0 * ups / total,
        "counts": float(ups - downs),
        "eight_promotes": net_promoter_score(ups + counts[8], counts[7], downs),
        "six_is_passive": net_promoter_score(ups, middles + counts[6], downs - counts[6]),
        "without_passives": net_promoter_score(ups, 0, downs),
    }
    figures = {"counts": counts, "promoters": ups, "passives": middles, "detractors": downs, "total": total,
               "promoting": ups / total, "detracting": downs / total}  # fmt: skip
    rows = [(score, counts[score]) for score in range(11)]
    return Draft(figures, Number(value, "points", 1, 0.1), slips, rows)


GENERATORS = (
    Generator("satisfaction_ratio", _ratio, "satisfaction"),
    Generator("nps", _nps, "satisfaction"),
)
