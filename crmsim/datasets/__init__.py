"""The data sets that come with the project, made by this program, and well-known public ones.

The files lie in the folder ``datasets/`` of the project, apart from what no firm could know of the same
customers (``datasets/truth/``). ``load_dataset``, ``load_table`` and ``load_truth`` read them,
``check_cleaning`` compares a cleaned dirty variant with what was planted in it, ``build_datasets`` makes
them anew, and ``load_public`` fetches or opens a set of somebody else.
"""

from crmsim.datasets.build import build_datasets
from crmsim.datasets.description import FOLDER, dataset_names
from crmsim.datasets.dirty import check_cleaning
from crmsim.datasets.public import load_public
from crmsim.datasets.shop import SHOP_LOG, load_shop_log, shop_scenario
from crmsim.datasets.tables import load_dataset, load_table, load_truth
from crmsim.purchase_log import purchases_of

__all__ = [
    "FOLDER",
    "SHOP_LOG",
    "build_datasets",
    "check_cleaning",
    "dataset_names",
    "load_dataset",
    "load_public",
    "load_shop_log",
    "load_table",
    "load_truth",
    "purchases_of",
    "shop_scenario",
]
