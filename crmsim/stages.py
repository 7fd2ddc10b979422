"""Words for where a relationship stands: lifecycle stage, status, and the cause of its end.

A regular of a café first tries it out (exploration), gets used to it (formation), belongs to it
(stability), may drift away (decline) and at some point no longer comes (ended).
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["LEGAL_TRANSITIONS", "Cause", "Stage", "Status"]


class Stage(IntEnum):
    """Lifecycle stage. The four in the middle are the course's stages of an existing customer."""

    PROSPECT = 0
    EXPLORATION = 1
    FORMATION = 2
    STABILITY = 3
    DECLINE = 4
    ENDED = 5


class Status(IntEnum):
    """Whether the relationship exists."""

    PROSPECT = 0
    ACTIVE = 1
    LAPSED = 2
    TERMINATED = 3


class Cause(IntEnum):
    """Why a customer was lost (Keaveney 1995 for the list of causes)."""

    NONE = 0
    NATURAL = 1
    QUALITY = 2
    NEED_ENDED = 3
    SERVICE_FAILURE = 4
    NEGLECT = 5
    PRICE = 6
    COMPETITOR = 7
    BY_COMPANY = 8


_LIVING = {Stage.EXPLORATION, Stage.FORMATION, Stage.STABILITY, Stage.DECLINE}

#: From each stage, the stages that may follow. A relationship begins with exploration; in between
#: trust can be lost as well as won, so every living stage can follow another; and who was won back
#: takes up the stage that the state gives.
LEGAL_TRANSITIONS: dict[Stage, frozenset[Stage]] = {
    Stage.PROSPECT: frozenset({Stage.EXPLORATION}),
    **{stage: frozenset((_LIVING | {Stage.ENDED}) - {stage}) for stage in sorted(_LIVING)},
    Stage.ENDED: frozenset(_LIVING),
}
