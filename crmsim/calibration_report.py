"""What a calibration leaves behind: the scenario, how good the fit is, and what it cannot tell."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from crmsim.calibration import Calibration
from crmsim.folders import new_folder
from crmsim.pages import amount, image, page, paragraph, save_picture, save_tables, write_manifest
from crmsim.plots.style import new_figure
from crmsim.plots.tracking import plot_tracking
from crmsim.text import say
from crmsim.version import VERSION

__all__ = ["calibration_sentences", "write_calibration"]


def write_calibration(
    calibration: Calibration, folder: str | Path, *, lang: str = "en", replace: bool = False
) -> Path:
    """Write a calibration into a folder, whole or not at all; return the path of the page for people."""
    with new_folder(folder, replace=replace) as draft:
        calibration.scenario.save(draft / "scenario.yaml")
        save_tables(
            draft,
            {"summary": calibration.summary.reset_index(), "holdout": calibration.holdout.reset_index()},
        )
        save_tables(draft, {"tracking": calibration.tracking.reset_index()})
        figure, ax = new_figure(8, 4.5)
        plot_tracking(calibration.tracking, ax, calibration_weeks=calibration.calibration_weeks, lang=lang)
        save_picture(figure, draft / "tracking.png")
        (draft / "index.html").write_text(_calibration_page(calibration, lang), encoding="utf-8")
        model, spend, match = calibration.purchases.model, calibration.spend.model, calibration.match
        write_manifest(
            draft,
            {
                "crmsim": VERSION,
                "bg_nbd": {
                    "r": model.r,
                    "alpha": model.alpha,
                    "a": model.a,
                    "b": model.b,
                    "unit": model.unit,
                },
                "gamma_gamma": {"p": spend.p, "q": spend.q, "gamma": spend.gamma, "currency": spend.currency},
                "match": asdict(match),
                "calibration_end": str(calibration.calibration_end),
                "observation_end": str(calibration.observation_end),
            },
        )
    return Path(folder) / "index.html"


def calibration_sentences(k: Calibration, lang: str) -> list[str]:
    """Return what was fitted, how good the fit is, and what it cannot tell, in sentences."""
    model, spend, match = k.purchases.model, k.spend.model, k.match
    fitted = {name: f"{getattr(model, name):.3f}" for name in ("r", "alpha", "a", "b")}
    paid = {name: f"{getattr(spend, name):.2f}" for name in ("p", "q", "gamma")}
    mean = amount(spend.mean_spend(), "currency", k.scenario.currency)
    factors = {
        "rate": f"{match.rate_factor:.2f}",
        "dropout": f"{match.dropout_factor:.2f}",
        "spend": f"{match.spend_factor:.2f}",
        "early": f"{match.early_gap:+.1%}",
        "late": f"{match.late_gap:+.1%}",
    }
    forecasts = [
        say(
            f"calibration.{row['method']}",
            lang,
            forecast=f"{row['forecast']:,.0f}",
            actual=f"{row['actual']:,.0f}",
            error=f"{row['error']:+.1%}",
        )
        for row in k.holdout.reset_index().to_dict("records")
    ]
    return [
        say("calibration.customers", lang, n=len(k.summary), start=k.calibration_end, end=k.observation_end),
        say("calibration.bg_nbd", lang, ll=f"{k.purchases.log_likelihood:,.1f}", **fitted),
        say("calibration.gamma_gamma", lang, mean=mean, **paid),
        *forecasts,
        say("calibration.match", lang, **factors),
        say("calibration.assumptions", lang),
    ]


def _calibration_page(k: Calibration, lang: str) -> str:
    body = [image("tracking.png", say("calibration.tracking", lang))]
    body += [paragraph(sentence) for sentence in calibration_sentences(k, lang)]
    return page(say("calibration.title", lang, scenario=k.scenario.name), body, lang)
