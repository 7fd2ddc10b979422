"""Customer-base estimators: a table of customers in, a fitted model out."""

from crmsim.estimators.bg_nbd import BgNbd, BgNbdFit, fit_bg_nbd
from crmsim.estimators.gamma_gamma import GammaGamma, GammaGammaFit, fit_gamma_gamma

__all__ = ["BgNbd", "BgNbdFit", "GammaGamma", "GammaGammaFit", "fit_bg_nbd", "fit_gamma_gamma"]
