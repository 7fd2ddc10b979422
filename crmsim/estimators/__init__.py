"""Customer-base estimators: a table of customers in, a fitted model out, and what follows from it."""

from crmsim.estimators.beta_binomial import BetaBinomial, fit_beta_binomial
from crmsim.estimators.bg_bb import BgBb, fit_bg_bb
from crmsim.estimators.bg_nbd import BgNbd, fit_bg_nbd
from crmsim.estimators.fit import Fit
from crmsim.estimators.gamma_gamma import GammaGamma, GammaGammaFit, fit_gamma_gamma
from crmsim.estimators.holdout import (
    Accuracy,
    HoldoutCheck,
    check_on_holdout,
    conditional_expectations,
    forecast_accuracy,
    frequency_table,
    holdout_forecasts,
    tracking_table,
)
from crmsim.estimators.lifetime_value import (
    ResidualValues,
    clv_by_code,
    continuous_rate,
    iso_value_table,
    residual_values,
    tercile_codes,
)
from crmsim.estimators.mbg_nbd import MbgNbd, fit_mbg_nbd
from crmsim.estimators.pareto_nbd import ParetoNbd, fit_pareto_nbd
from crmsim.estimators.resampling import bootstrap_fits
from crmsim.estimators.retention_curves import SurvivalCurve, compare_projections, fit_survival_curve
from crmsim.estimators.sbg import ShiftedBetaGeometric, fit_sbg, fit_sbg_to_survivors

__all__ = [
    "Accuracy",
    "BetaBinomial",
    "BgBb",
    "BgNbd",
    "Fit",
    "GammaGamma",
    "GammaGammaFit",
    "HoldoutCheck",
    "MbgNbd",
    "ParetoNbd",
    "ResidualValues",
    "ShiftedBetaGeometric",
    "SurvivalCurve",
    "bootstrap_fits",
    "check_on_holdout",
    "clv_by_code",
    "compare_projections",
    "conditional_expectations",
    "continuous_rate",
    "fit_beta_binomial",
    "fit_bg_bb",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_mbg_nbd",
    "fit_pareto_nbd",
    "fit_sbg",
    "fit_sbg_to_survivors",
    "fit_survival_curve",
    "forecast_accuracy",
    "frequency_table",
    "holdout_forecasts",
    "iso_value_table",
    "residual_values",
    "tercile_codes",
    "tracking_table",
]
