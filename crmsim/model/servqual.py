"""Service quality by dimension: what was perceived and what was expected, side by side.

The same dinner can be on time, friendly and served on a chipped plate. The five dimensions and their
order of importance are those of SERVQUAL (Parasuraman, Zeithaml & Berry 1988). This is a view: it is
kept for reports and changes nothing that customers do. Its weighted sum is the performance that the
rest of the model works with.
"""

from __future__ import annotations

from enum import IntEnum

from crmsim.compiling import formula
from crmsim.schemes import DIMENSIONS as IMPORTANCE

__all__ = ["DIMENSIONS", "WEIGHTS", "Dimension", "perceived_quality"]


class Dimension(IntEnum):
    """The five dimensions of service quality."""

    RELIABILITY = 0
    RESPONSIVENESS = 1
    ASSURANCE = 2
    EMPATHY = 3
    TANGIBLES = 4


DIMENSIONS = len(Dimension)
#: Importance by dimension; they sum to 1.
WEIGHTS = tuple(IMPORTANCE[dimension.name.lower()] for dimension in Dimension)
_SOLID = WEIGHTS[0] + WEIGHTS[4]


@formula
def perceived_quality(dimension, performance, raised, problem, care, benefit):
    """Return the performance perceived on one dimension in one experience (1 = market average).

    Problems are felt as a lack of reliability, raised quality as reliability and better tangibles,
    personal contact and special treatment as empathy; rewards and community, like the noise, on
    every dimension. The sum over dimensions, weighted by :data:`WEIGHTS`, is ``performance + benefit``.

    Parameters
    ----------
    dimension : int
        A :class:`Dimension`.
    performance : float
        Perceived performance b as a whole.
    raised, problem : float
        Raised quality and severity of the problem that are part of it.
    care, benefit : float
        Felt value of contact and special treatment, and of all programmes together.

    Examples
    --------
    >>> parts = [perceived_quality(k, 1.02, 0.05, 0.1, 0.03, 0.04) for k in range(DIMENSIONS)]
    >>> round(sum(w * b for w, b in zip(WEIGHTS, parts)), 12)
    1.06
    """
    value = performance - raised + problem + benefit - care
    if dimension == Dimension.RELIABILITY:
        return value + raised / _SOLID - problem / WEIGHTS[0]
    if dimension == Dimension.TANGIBLES:
        return value + raised / _SOLID
    if dimension == Dimension.EMPATHY:
        return value + care / WEIGHTS[3]
    return value
