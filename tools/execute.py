"""Execute the pages whose code has changed, one on each core, before the site is built.

Sphinx executes pages one after the other. Here MyST-NB's own client runs in several
processes and fills the cache in which the build then finds every page. A page that
fails is left to the build, which executes it again and reports it.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import yaml
from pages import ROOT, docname, notebook_pages

sys.path.insert(0, str(ROOT / "book" / "_ext"))
from notebook_cache import REPRODUCIBLE, prepare_cache

MOST = 4  # processes: a page may need 1.5 GB


def execute(page: Path, cache: str, seconds: float) -> bool:
    """Execute one page unless the cache has it; return whether it ran without error."""
    from myst_nb.core.config import NbParserConfig
    from myst_nb.core.execute import create_client
    from myst_nb.core.read import create_nb_reader
    from myst_parser.config.main import MdParserConfig

    config = NbParserConfig(
        execution_mode="cache",
        execution_cache_path=cache,
        execution_timeout=seconds,
    )
    text = page.read_text(encoding="utf-8")
    reader = create_nb_reader(str(page), MdParserConfig(), config, text)
    client = create_client(
        reader.read(text), str(page), config, Silent(), reader.read_fmt
    )
    with client:
        return client.exec_metadata["succeeded"]


class Silent:
    """A logger that says nothing: the build reports what fails."""

    def info(self, *_: object, **__: object) -> None:
        """Say nothing."""

    debug = warning = error = info


def main() -> None:
    """Execute what has changed and print one line for each page."""
    pages = notebook_pages()
    os.environ.update(REPRODUCIBLE)
    seconds = yaml.safe_load((ROOT / "_config.yml").read_text())["execute"]["timeout"]
    run = partial(execute, cache=str(prepare_cache(ROOT)), seconds=seconds)
    processes = min(os.cpu_count() or 1, MOST)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(run, page): page for page in pages}
        started = time.monotonic()
        for number, done in enumerate(as_completed(running), start=1):
            said = "" if done.result() else ": failed"
            after = time.monotonic() - started
            print(
                f"[{number}/{len(pages)}] {after:4.0f} s  "
                f"{docname(running[done])}{said}",
                flush=True,
            )


if __name__ == "__main__":
    main()
