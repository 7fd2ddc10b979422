"""The classroom app's server: Voila, with a template that asks nothing of any other computer.

What Voila serves is built when it starts, in a folder that goes away with it: one notebook of one cell,
the template, and the page to choose from. Voila runs no code that a visitor sends.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import tempfile
from pathlib import Path

import nbformat
from jupyter_core.paths import jupyter_path
from jupyterlab_server.config import get_federated_extensions
from traitlets.config import Config

from crmsim.errors import CrmsimError, InputError
from crmsim.teaching.classroom import KEPT_IN, index_page

__all__ = ["is_own_computer", "serve", "site"]

_TEMPLATE = Path(__file__).with_name("voila_template")
#: Name of the template, and of the notebook that the addresses of the pages lead to.
_NAME, _NOTEBOOK = "crmsim", "dashboard.ipynb"
_CELL = "from crmsim.teaching.classroom import visitors_page\n\nvisitors_page()"


def serve(
    *, host: str, port: int, ready: int = 1, idle_minutes: int = 30, browser: bool = True, told: str = ""
) -> None:
    """Serve the dashboards until Ctrl-C.

    Parameters
    ----------
    host : str
        Address to listen at; only under one of this computer itself may visitors save files.
    port : int
    ready : int
        Visitors for whom everything is loaded in advance; each takes some 400 MB. With 0, nothing is.
    idle_minutes : int
        After so long without a page that is open, a visitor's process ends.
    browser : bool
        Whether to open the page in a browser here.
    told : str
        What to print when the port is known to be free.

    Raises
    ------
    CrmsimError
        When Voila is not installed.
    InputError
        When the port cannot be had.
    """
    try:
        from voila.app import Voila
    except ImportError:
        raise CrmsimError("the app needs Voila; install it with: pip install 'crmsim[teach]'") from None
    _check_free(host, port)
    with tempfile.TemporaryDirectory(prefix="crmsim-app-") as folder:
        pages = site(Path(folder))
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [folder, os.environ.get("JUPYTER_PATH")]))
        if is_own_computer(host):
            os.environ[KEPT_IN] = str(Path.cwd())
        else:
            os.environ.pop(KEPT_IN, None)
        if told:
            print(told, flush=True)
        Voila.launch_instance(argv=[str(pages)], config=_settings(host, port, ready, idle_minutes, browser))


def _settings(host: str, port: int, ready: int, idle_minutes: int, browser: bool) -> Config:
    ours = {
        "template": _NAME,
        "allow_template_override": "NO",
        "classic_tree": True,  # the one whose page is ours
        "file_allowlist": [],
        "preheat_kernel": ready > 0,
        "default_pool_size": max(ready, 1),
        "extension_denylist": _extensions_not_needed(),
    }
    settings = {
        "Application": {"log_level": "ERROR"},
        "Voila": {
            "ip": host,
            "port": port,
            "port_retries": 0,
            "open_browser": browser,
            # The one thing that a page posts is that it closes, and who comes straight to a dashboard has no
            # cookie for it: without this, the process of every such visitor would stay.
            "tornado_settings": {"disable_check_xsrf": True},
        },
        "VoilaConfiguration": ours,
        "MappingKernelManager": {"cull_interval": 60, "cull_idle_timeout": 60 * idle_minutes},
    }
    return Config(settings)


def _extensions_not_needed() -> list[str]:
    """Return JupyterLab's extensions but those of widgets: each is fetched, and some fail outside of it."""
    installed = get_federated_extensions(jupyter_path("labextensions"))
    return [name for name in installed if not name.startswith("@jupyter-widgets/")]


def site(folder: Path) -> Path:
    """Write template and notebook into a folder for Jupyter's data; return the folder to be served."""
    template = folder / "voila" / "templates" / _NAME
    shutil.copytree(_TEMPLATE, template)
    # Voila takes it for a template of its own language; our pages have no braces that mean anything there.
    (template / "tree.html").write_text("{% raw %}" + index_page() + "{% endraw %}", encoding="utf-8")
    pages = folder / "pages"
    pages.mkdir()
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(_CELL)], metadata={"title": _NAME, "kernelspec": kernel}
    )
    nbformat.write(notebook, pages / _NOTEBOOK)
    return pages


def is_own_computer(host: str) -> bool:
    """Return whether an address is reached from this computer alone.

    Examples
    --------
    >>> is_own_computer("127.0.0.1"), is_own_computer("localhost"), is_own_computer("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_free(host: str, port: int) -> None:
    """Raise where nobody can listen; Voila itself would take another port, or stop with a status alone."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as error:
        raise InputError("port", f"cannot be had at {host} ({error.strerror})", port) from None
