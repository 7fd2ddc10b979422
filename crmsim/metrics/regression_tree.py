"""A regression tree: a few yes-or-no questions that sort customers by what they will bring.

Like the questions of a doctor at the door: the answers lead to a waiting room, and everybody in it is
treated alike (Breiman, Friedman, Olshen & Stone 1984). With a target of 0 and 1 it is a
classification tree by Gini impurity, and what it predicts is the share of ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmsim.errors import InputError

__all__ = ["Tree", "grow_tree"]


@dataclass(frozen=True)
class Tree:
    """One node: a question with two answers, or a leaf (``feature`` None) with its prediction."""

    mean: float
    customers: int
    feature: str | None = None
    limit: float = 0.0
    below: Tree | None = None
    above: Tree | None = None

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """Return the mean of the leaf that each customer comes to."""
        if self.feature is None:
            return np.full(len(features), self.mean)
        under = (features[self.feature] < self.limit).to_numpy()
        predicted = np.empty(len(features))
        predicted[under] = self.below.predict(features[under])
        predicted[~under] = self.above.predict(features[~under])
        return predicted

    def rules(self, so_far: str = "") -> pd.DataFrame:
        """Return the leaves as rules: ``rule`` (conditions), ``mean`` and ``customers`` trained on."""
        if self.feature is None:
            return pd.DataFrame({"rule": [so_far], "mean": [self.mean], "customers": [self.customers]})
        start = f"{so_far} & " if so_far else ""
        question = f"{start}{self.feature} {{}} {self.limit:.6g}"
        leaves = [self.below.rules(question.format("<")), self.above.rules(question.format(">="))]
        return pd.concat(leaves, ignore_index=True)


def grow_tree(features: pd.DataFrame, target: np.ndarray, *, depth: int = 3, leaf: int = 20) -> Tree:
    """Return the tree whose questions reduce the squared error most, one after the other.

    Parameters
    ----------
    features : DataFrame
        One row per customer, finite numbers.
    target : array
        What is to be predicted.
    depth : int
        Most questions one after the other.
    leaf : int
        Fewest customers in a leaf, so that a rule does not rest on a few.

    Raises
    ------
    InputError
        When nobody is there, a number is not finite, or the lengths differ.

    Examples
    --------
    >>> tree = grow_tree(pd.DataFrame({"visits": [1.0, 2.0, 8.0, 9.0]}), np.array([0, 0, 1, 1]), leaf=1)
    >>> tree.feature, tree.limit, tree.predict(pd.DataFrame({"visits": [3.0, 7.0]})).tolist()
    ('visits', 5.0, [0.0, 1.0])
    """
    wanted = np.asarray(target, dtype=float)
    if len(wanted) == 0 or len(wanted) != len(features):
        raise InputError("target", f"must have a number for each of {len(features)} customers", len(wanted))
    if not (np.isfinite(wanted).all() and np.isfinite(features.to_numpy(dtype=float)).all()):
        raise InputError("features", "must be finite numbers, and so must the target")
    return _grow(features, wanted, depth, leaf)


def _grow(features: pd.DataFrame, target: np.ndarray, depth: int, leaf: int) -> Tree:
    mean, customers = float(target.mean()), len(target)
    splits = [_best_split(features[name].to_numpy(dtype=float), target, leaf) for name in features]
    gain, limit = max(splits, default=(0.0, 0.0), key=lambda split: split[0])
    if depth == 0 or gain <= 1e-12 * max(float((target**2).sum()), 1e-300):
        return Tree(mean, customers)
    name = features.columns[[split[0] for split in splits].index(gain)]
    under = (features[name] < limit).to_numpy()
    below, above = (_grow(features[part], target[part], depth - 1, leaf) for part in (under, ~under))
    return Tree(mean, customers, str(name), limit, below, above)


def _best_split(values: np.ndarray, target: np.ndarray, leaf: int) -> tuple[float, float]:
    """Return by how much the best limit of one feature reduces the squared error, and the limit."""
    order = np.argsort(values, kind="stable")
    known, n = values[order], len(values)
    sizes = np.arange(1, n)
    limits = (known[:-1] + known[1:]) / 2
    # Neighbours that are equal, or so close that nothing lies between them, cannot be told apart.
    allowed = (sizes >= leaf) & (n - sizes >= leaf) & (known[:-1] < limits)
    if not allowed.any():
        return 0.0, 0.0
    sums = np.cumsum(target[order] - target.mean())[:-1]
    gains = np.where(allowed, sums**2 * (1.0 / sizes + 1.0 / (n - sizes)), 0.0)
    best = int(np.argmax(gains))
    return float(gains[best]), float(limits[best])
