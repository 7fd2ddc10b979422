"""``crmsim app``: the dashboards without a notebook, live in a browser."""

from __future__ import annotations

import argparse

from crmsim.errors import InputError
from crmsim.text import say

__all__ = ["app_command"]


def app_command(options: argparse.Namespace) -> int:
    """Serve the dashboards until Ctrl-C."""
    from crmsim.teaching.classroom_server import is_own_computer, serve

    _whole("port", options.port, 1, 65_535)
    _whole("ready", options.ready, 0, 100)
    _whole("idle-minutes", options.idle_minutes, 1, 1440)
    told = say("app.open", options.lang, url=f"http://{options.host}:{options.port}/")
    if not is_own_computer(options.host):
        told += " " + say("app.everyone", options.lang)
    serve(
        host=options.host,
        port=options.port,
        ready=options.ready,
        idle_minutes=options.idle_minutes,
        browser=not options.no_browser,
        told=told,
    )
    return 0


def _whole(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(field, f"must be a whole number from {low} to {high}", value)
