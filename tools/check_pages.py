"""Check pages against the rules: ``python tools/check_pages.py [book/part/page.md]``.

Prints a sentence for each fault and exits 1 if there is one. The tests use the same
rules.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pages import ROOT, PageError, code_cells, docname, notebook_pages
from rules_anatomy import anatomy_faults
from rules_cells import cell_faults
from rules_hidden import hidden_uses

sys.path.append(str(ROOT))  # finds dlbook where it is not installed


def page_faults(path: Path) -> list[str]:
    """Return the faults of one page, apart from uses of what was not shown."""
    faults = cell_faults(code_cells(path), path.name)
    if len(Path(docname(path)).parts) == 3:  # book/<part>/<page>
        faults += anatomy_faults(path)
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Check the pages named, or all; return 1 if there is a fault."""
    named = [Path(name).resolve() for name in arguments or sys.argv[1:]]
    faults = []
    try:
        for path in named or notebook_pages():
            faults += page_faults(path)
        uses = hidden_uses()
    except PageError as error:
        faults, uses = [*faults, str(error)], []
    names = [docname(path) for path in named]
    faults += [use for use in uses if not names or use.startswith(tuple(names))]
    print("\n".join(faults) or "no faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
