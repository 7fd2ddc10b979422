"""What every screen's state has in common: checked choices, steps of work, and forms to hand on.

A state is a frozen record of choices. It knows no widget: choices go in, results come out, and from
these the panel makes picture and text. It can be written to a file, read back, and said in Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import pydantic

from crmsim.dashboards.choices import TEXT_SIZES, choices, language, text_size
from crmsim.errors import CrmsimError, InputError
from crmsim.kernels import live
from crmsim.text import say
from crmsim.yaml_files import Document, check, dump, read_document, write_text

__all__ = ["NothingToShow", "PanelState", "nothing_run_yet"]

#: Belong to who looks at the screen, not to what is looked at: they are neither kept nor reset.
READERS_OWN = ("lang", "text_size")


@dataclass(frozen=True)
class PanelState:
    """The choices of a screen; a subclass adds fields declared as in :mod:`crmsim.dashboards.choices`.

    Attributes
    ----------
    lang : {"en", "zh"}
    text_size : {"normal", "projector"}
        Whether picture and text are of the usual size, or as large as a full classroom needs.
    """

    #: Names the screen in files, and their labels in the catalogue where they differ from other screens'.
    screen: ClassVar[str]
    #: Whether the model is run; it has to be prepared the first time.
    simulates: ClassVar[bool] = True

    lang: str = language()
    text_size: str = text_size()

    def __post_init__(self) -> None:
        for name, kind in choices(self).items():
            kind.check(name, getattr(self, name))

    @property
    def scale(self) -> float:
        """How many times as large as usual everything is shown."""
        return TEXT_SIZES[self.text_size]

    @property
    def dpi(self) -> int:
        """Dots per inch of the picture."""
        return round(100 * self.scale)

    @property
    def runs(self) -> int:
        """Number of steps that the work consists of."""
        return 1

    def steps(self) -> Iterator[Any]:
        """Do the work: yield the number of steps done after each (if there are some), then the result.

        The result is anything with a ``state``, the choices it belongs to. There may be earlier ones, of
        a part of the work; they have an attribute ``done``, fewer steps than `runs`. Each step should be
        short, so that the screen stays alive.
        """
        raise NotImplementedError

    def run(self) -> Any:
        """Do all the work at once and return the result."""
        *_, result = self.steps()
        return result

    def kept(self) -> dict[str, Any]:
        """Return the choices that are kept and reset, by name."""
        return {name: value for name, value in asdict(self).items() if name not in READERS_OWN}

    def save(self, path: str | Path) -> None:
        """Write the choices to a YAML file, whole or not at all."""
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in self.kept().items()}
        write_text(path, dump({"screen": self.screen, **plain}))

    def loaded(self, path: str | Path) -> Self:
        """Return the state with the choices that a file holds; what it leaves out is as it was.

        Raises
        ------
        InputError
            With file, line and column of the first thing that is wrong.
        """
        document = read_document(path)
        data = check(_file_model(type(self)), document.data, document).model_dump(exclude_unset=True)
        del data["screen"]
        try:
            return replace(self, **data)
        except InputError as error:
            raise _placed(error, document) from None

    def as_python(self) -> str:
        """Return the choices as a program that computes the same result."""
        cls = type(self)
        own = {name: getattr(self, name) for name in READERS_OWN}
        values = [f"    {name}={value!r}," for name, value in {**self.kept(), **own}.items()]
        lines = [f"from {cls.__module__} import {cls.__name__}", "", f"state = {cls.__name__}(", *values, ")"]
        return "\n".join([*lines, "result = state.run()", ""])


class NothingToShow(CrmsimError):
    """The choices are allowed, but there is nothing to see; told in a sentence of the catalogue.

    Parameters
    ----------
    key : str
        Of the sentence.
    **values
        For its blanks.
    """

    def __init__(self, key: str, **values: Any):
        super().__init__(key)
        self.key, self.values = key, values

    def sentence(self, lang: str) -> str:
        """Return the sentence."""
        return say(self.key, lang, **self.values)


def nothing_run_yet() -> bool:
    """Return whether the compiled model is not in memory yet: the next run takes longer."""
    # Without Numba there is nothing to wait for, and no such list.
    return not getattr(live, "signatures", True)


@cache
def _file_model(cls: type[PanelState]) -> type[pydantic.BaseModel]:
    """Return the model by which a file of a state's choices is read."""
    allowed: dict[str, Any] = {
        name: (kind.annotation(), None) for name, kind in choices(cls).items() if name not in READERS_OWN
    }
    config = pydantic.ConfigDict(extra="forbid")
    return pydantic.create_model(
        cls.__name__, __config__=config, screen=(Literal[cls.screen], ...), **allowed
    )


def _placed(error: InputError, document: Document) -> InputError:
    """Return an error of the choices with its place in the file that they come from."""
    return InputError(error.field, error.problem, error.value, where=document.where((error.field,)))
