"""Words of the course for one and the same relationship: label schemes and typologies.

One person may be a "mature" customer in one textbook, a "supporter" in the next and "truly loyal" in
a third, as a street has a name, a number and a postal district. The relationship itself is in one
state (:mod:`crmsim.stages`); here stand the lists of labels, and what each stage and tier is called
in the schemes that only rename or merge them. Which label holds where more is asked is decided in
``metrics/labels`` and ``metrics/typologies``. Names in both languages stand in the catalogue, under
``scheme.NAME`` and ``label.NAME.LABEL``.
"""

from __future__ import annotations

from crmsim.stages import Stage
from crmsim.tiers import Tier

__all__ = [
    "DIMENSIONS",
    "OUTSIDE",
    "RECORD_SCHEMES",
    "SCHEMES",
    "STAGE_SCHEMES",
    "TIER_SCHEMES",
    "TYPOLOGIES",
]

#: Where a scheme has no word: a scheme of living relationships says nothing about one that is over.
OUTSIDE = "outside"

#: Schemes that call each stage by one name. Dwyer, Schurr & Oh 1987 for four stages; with three, the
#: question is what to offer, and decline is left out.
STAGE_SCHEMES: dict[str, dict[Stage, str]] = {
    "six_stage": {
        Stage.PROSPECT: "potential",
        Stage.EXPLORATION: "development",
        Stage.FORMATION: "growth",
        Stage.STABILITY: "maturity",
        Stage.DECLINE: "decline",
        Stage.ENDED: "termination",
    },
    "five_stage": {
        Stage.PROSPECT: "potential_acquisition",
        Stage.EXPLORATION: "potential_acquisition",
        Stage.FORMATION: "growth",
        Stage.STABILITY: "maturity",
        Stage.DECLINE: "decline",
        Stage.ENDED: "termination",
    },
    "four_stage": {
        Stage.PROSPECT: OUTSIDE,
        Stage.EXPLORATION: "exploration",
        Stage.FORMATION: "formation",
        Stage.STABILITY: "stability",
        Stage.DECLINE: "degeneration",
        Stage.ENDED: OUTSIDE,
    },
    "three_stage": {
        Stage.PROSPECT: OUTSIDE,
        Stage.EXPLORATION: "exploration",
        Stage.FORMATION: "formation",
        Stage.STABILITY: "stability",
        Stage.DECLINE: OUTSIDE,
        Stage.ENDED: OUTSIDE,
    },
}

#: Schemes of tiers: what a customer of each tier is called, and, last, a prospect: somebody with a
#: value who does not buy yet.
TIER_SCHEMES: dict[str, tuple[dict[Tier, str], str]] = {
    "tiers_potential": (
        {
            Tier.VIP: "vip",
            Tier.IMPORTANT: "important",
            Tier.ORDINARY: "ordinary",
            Tier.SMALL: "ordinary",
        },
        "potential",
    ),
    "tiers_company": (
        {
            Tier.VIP: "important",
            Tier.IMPORTANT: "important",
            Tier.ORDINARY: "ordinary",
            Tier.SMALL: "ordinary",
        },
        "potential",
    ),
    "tiers_long_tail": (
        {
            Tier.VIP: "important",
            Tier.IMPORTANT: "major",
            Tier.ORDINARY: "ordinary",
            Tier.SMALL: "long_tail",
        },
        OUTSIDE,
    ),
    "tiers_contribution": (
        {Tier.VIP: "vip", Tier.IMPORTANT: "major", Tier.ORDINARY: "ordinary", Tier.SMALL: "small"},
        OUTSIDE,
    ),
    "tiers_pyramid": (
        {
            Tier.VIP: "important",
            Tier.IMPORTANT: "secondary",
            Tier.ORDINARY: "ordinary",
            Tier.SMALL: "small",
        },
        OUTSIDE,
    ),
    "tiers_key": (
        {
            Tier.VIP: "key",
            Tier.IMPORTANT: "key",
            Tier.ORDINARY: "ordinary",
            Tier.SMALL: "small",
        },
        OUTSIDE,
    ),
}

#: Every label scheme, its labels in their order.
SCHEMES: dict[str, tuple[str, ...]] = {
    **{name: tuple(dict.fromkeys(names.values())) for name, names in STAGE_SCHEMES.items()},
    # Cutler & Sterne 2000.
    "five_contact": ("contact", "acquisition", "conversion", "retention", "loyalty", OUTSIDE),
    "status": ("potential", "new", "existing", "new_business", OUTSIDE),
    # Christopher, Payne & Ballantyne 1991.
    "ladder": ("prospect", "customer", "client", "supporter", "advocate", "partner", OUTSIDE),
    "maintenance": (
        "awareness", "trust", "transaction", "satisfaction", "loyalty", "word_of_mouth", OUTSIDE,
    ),
    # Kotler 1992.
    "relationship": ("basic", "reactive", "accountable", "proactive", "partnership", OUTSIDE),
    "pyramid": ("lost", "onlooker", "habitual", "sympathetic", "loyal"),
    "tiers_strategic": ("strategic", "core", "promising", "general", OUTSIDE),
    **{
        name: tuple(dict.fromkeys((*names.values(), prospects, OUTSIDE)))
        for name, (names, prospects) in TIER_SCHEMES.items()
    },
}  # fmt: skip

#: Further schemes that grade customers by a firm's records alone, the best level first.
RECORD_SCHEMES: dict[str, tuple[str, ...]] = {
    "abc": ("a", "b", "c"),
    # Zeithaml, Rust & Lemon 2001.
    "metals": ("platinum", "gold", "iron", "lead"),
    # Peppers, Rogers & Dorf 1999.
    "value_types": ("mvc", "mgc", "maintain", "bz"),
    "value_levels": ("high", "medium", "low"),
}

#: Every typology of loyalty, its types from no loyalty to the deepest.
TYPOLOGIES: dict[str, tuple[str, ...]] = {
    # Dick & Basu 1994.
    "attitude_behaviour": ("none", "spurious", "latent", "true"),
    # Knox 1998.
    "diamond": ("switcher", "multi_brand", "habitual", "loyal"),
    # Oliver 1999. The course calls the conative phase impulsive.
    "phases": ("impulse", "cognitive", "affective", "action"),
    # Fifths of an index of the five components of loyalty.
    "levels": ("very_weak", "weak", "medium", "strong", "very_strong"),
}

#: Dimensions of service quality and their weights (Parasuraman, Zeithaml & Berry 1988; weights of
#: Zeithaml, Parasuraman & Berry 1990), in the order in which the customer's record keeps them.
DIMENSIONS: dict[str, float] = {
    "reliability": 0.32,
    "responsiveness": 0.22,
    "assurance": 0.19,
    "empathy": 0.16,
    "tangibles": 0.11,
}
