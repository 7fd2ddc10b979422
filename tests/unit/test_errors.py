"""Errors: what they say, and that they survive the way from a worker process."""

from __future__ import annotations

import copy
import pickle

import pytest

from crmsim.errors import CrmsimError, InputError, InterruptedRun


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InputError("margin", "must be from 0 to 1", 2.5, where="a.yaml:3:1"),
         "a.yaml:3:1: margin: must be from 0 to 1, got 2.5"),
        (InputError("margin", "is missing", where="a.yaml"), "a.yaml: margin: is missing"),
        (InputError("name", "must be a word", ""), "name: must be a word, got ''"),
        (InputError("workers", "must be at least 1", 0), "workers: must be at least 1, got 0"),
        (InputError("share", "must be true", False), "share: must be true, got False"),
        (CrmsimError("this run kept no event log"), "this run kept no event log"),
        (InterruptedRun("nothing was kept"), "nothing was kept"),
    ],
)  # fmt: skip
def test_an_error_says_so_and_survives_the_way_from_a_worker(error, said):
    assert str(error) == said
    error.add_note("1 more: spend")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error) and str(twin) == said
        assert vars(twin) == vars(error)


def test_one_class_catches_them_all():
    assert issubclass(InputError, CrmsimError) and issubclass(InputError, ValueError)
    assert issubclass(InterruptedRun, CrmsimError) and not issubclass(InterruptedRun, InputError)
    assert not issubclass(CrmsimError, KeyboardInterrupt)
