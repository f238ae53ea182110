r"""One driver for every system: install, build, serve, test. `make` only calls it.

    python tools/run.py book        on Windows: py -3.12 tools\run.py book

Standard library only. `python tools/run.py --help` lists the commands.
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "dlbook needs Python 3.11, 3.12 or 3.13, and this is Python {}.{}: name one of "
        "them, as in `make PYTHON=python3.12 book` or, on Windows, "
        "`py -3.12 tools\\run.py book`.".format(*sys.version_info)
    )

import argparse
import functools
import http.server
import os
import shutil
import time
import webbrowser
from pathlib import Path

import assets
import checks
import environment
from environment import ROOT, InstallError

SITE = ROOT / "_build" / "html"
LEFT_BEHIND = ("_build", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache")


def install(*, tests: bool = False, newest: bool = False) -> None:
    """Bring the environment and the site's third-party files up to date."""
    started = time.monotonic()
    done = [environment.install(newest=newest), assets.install(tests=tests)]
    if any(done):
        print(f"Installed in {time.monotonic() - started:.0f} s", flush=True)


def jupyter_book(*arguments: str) -> int:
    """Run Jupyter Book's command line; it has no ``python -m`` of its own."""
    code = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"
    return environment.run_python("-c", code, *arguments)


def build() -> int:
    """Execute what has changed and build the site; warnings are errors."""
    started = time.monotonic()
    environment.run_python("tools/execute.py")  # what it leaves, the build executes
    status = jupyter_book("build", ".", "-W", "-n", "--keep-going")
    seconds = time.monotonic() - started
    if status == 0:
        print(f"\nThe site, in {seconds:.0f} s: {(SITE / 'index.html').as_uri()}")
    else:
        print(f"\nThe build failed after {seconds:.0f} s; a warning is an error here.")
    return status


def command_install(options: argparse.Namespace) -> int:
    """Make .venv and install everything into it."""
    install(tests=True, newest=options.newest)
    print(f"The environment: {environment.PYTHON}")
    return 0


def command_book(options: argparse.Namespace) -> int:
    """Build the site."""
    install()
    return build()


def command_serve(options: argparse.Namespace) -> int:
    """Show the built site in the browser."""
    if not (SITE / "index.html").exists():
        sys.exit("There is no site yet: run the command `book` first.")
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(SITE)
    )
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    except OSError as error:
        sys.exit(f"Port {options.port} cannot be used ({error}): give another, --port.")
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    print(f"{address} serves {SITE}; Ctrl-C ends it", flush=True)
    if not options.no_browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


def command_lab(options: argparse.Namespace) -> int:
    """Open JupyterLab, on one notebook if a page is named."""
    arguments = []
    if options.page:
        notebook = (ROOT / options.page).with_suffix(".ipynb")
        if not notebook.is_file():
            sys.exit(
                f"There is no notebook {options.page!r}: name a page as in "
                "`lab book/neurons/neuron`."
            )
        arguments.append(str(notebook))
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    install()
    return environment.run_python("-m", "jupyterlab", *arguments, static=False)


def command_notebooks(options: argparse.Namespace) -> int:
    """Write each page's .ipynb from its .md."""
    install()
    return environment.run_python("tools/notebooks.py", *options.arguments)


def command_check(options: argparse.Namespace) -> int:
    """Format and lint: the fast part of `test`."""
    install()
    return checks.run(["check"], build=build)


def command_test(options: argparse.Namespace) -> int:
    """Run every check there is, or the stages named."""
    install(tests=True, newest=options.newest)
    return checks.run(options.stages or checks.EVERY_CHANGE, build=build)


def command_bench(options: argparse.Namespace) -> int:
    """Time dlbook against torch on the rows of the benchmark."""
    install()
    return environment.run_python("-m", "dlbook.compare", "bench", *options.arguments)


def command_links(options: argparse.Namespace) -> int:
    """Follow every link to another site; this needs the network."""
    install()
    return jupyter_book("build", ".", "--builder", "linkcheck")


def command_clean(options: argparse.Namespace) -> int:
    """Remove what was built; with --all the environment too."""
    targets = [ROOT / name for name in LEFT_BEHIND]
    if options.all:
        targets += [environment.VENV, assets.MODULES, assets.MATHJAX.parent]
        targets += ROOT.glob("*.egg-info")
        if Path(sys.prefix).resolve() == environment.VENV.resolve():
            sys.exit("This Python lives in .venv: use another to remove it.")
    for target in targets:
        if target.exists():
            shutil.rmtree(target)
            print(f"removed {target.relative_to(ROOT)}")
    return 0


def stage(name: str) -> str:
    """Read the name of a stage; argparse turns the error into its own."""
    if name not in checks.STAGES:
        raise argparse.ArgumentTypeError(
            f"{name!r} is no stage: choose from {', '.join(checks.STAGES)}"
        )
    return name


def parser() -> argparse.ArgumentParser:
    """Command line: one subcommand for each function ``command_...``."""
    top = argparse.ArgumentParser(prog="run.py", description=__doc__.splitlines()[0])
    commands = top.add_subparsers(required=True, metavar="command")

    def add(function: object) -> argparse.ArgumentParser:
        name = function.__name__.removeprefix("command_")
        sub = commands.add_parser(name, help=function.__doc__.splitlines()[0])
        sub.set_defaults(function=function)
        return sub

    add(command_install).add_argument("--newest", **NEWEST)
    add(command_book)
    serve = add(command_serve)
    serve.add_argument("--port", type=int, default=8000, help="0: any free port")
    serve.add_argument("--no-browser", action="store_true", help="only serve")
    add(command_lab).add_argument("page", nargs="?", help="as in book/neurons/neuron")
    add(command_notebooks).add_argument("arguments", nargs="*", help="for the tool")
    test = add(command_test)
    test.add_argument("--newest", **NEWEST)
    test.add_argument(
        "stages",
        nargs="*",
        type=stage,
        metavar="stage",
        help=f"any of {', '.join(checks.STAGES)}; by default all but the last three",
    )
    add(command_check)
    add(command_bench).add_argument("arguments", nargs="*", help="for the benchmark")
    add(command_links)
    add(command_clean).add_argument(
        "--all", action="store_true", help=".venv and third-party files too"
    )
    return top


NEWEST = {
    "action": "store_true",
    "help": "without constraints.txt: the newest versions in the ranges",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options, rest = parser().parse_known_args(arguments)
    if rest and not hasattr(options, "arguments"):
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.arguments += rest
    try:
        return options.function(options)
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
