"""Where the files of the course lie that come with the program: questions, data sets, notebooks.

Like a shop that has its goods in the window, and in its branches in the storeroom: whoever asks at the
counter need not know. In a checkout of the project they are folders at the top, where people look for
them; in an installed package they lie inside it, where ``pyproject.toml`` puts them.
"""

from __future__ import annotations

from pathlib import Path

from crmsim.errors import CrmsimError

__all__ = ["checkout", "shipped"]

_PACKAGE = Path(__file__).parent
#: Made when a wheel is built; a checkout has none.
_INSTALLED = _PACKAGE / "data"


def shipped(*parts: str) -> Path:
    """Return where a file or folder lies that comes with the program, in a checkout or an installed package.

    Parameters
    ----------
    *parts : str
        From the top of the project, such as ``"datasets", "shop_log.csv"``.

    Examples
    --------
    >>> shipped("datasets", "shop_log.csv").name, shipped("exercises", "bank").is_dir()
    ('shop_log.csv', True)
    """
    return (_INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent).joinpath(*parts)


def checkout(task: str) -> Path:
    """Return the top of the checkout, in which what comes with the program can be made anew.

    Parameters
    ----------
    task : str
        What needs one, for the message.

    Raises
    ------
    CrmsimError
        In an installed package, whose files are as they were published.
    """
    if _INSTALLED.is_dir():
        raise CrmsimError(f"{task} needs a checkout of the project; this is the package in {_PACKAGE}")
    return _PACKAGE.parent
