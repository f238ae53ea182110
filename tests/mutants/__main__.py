"""Print the survivors: ``python -m tests.mutants [part of module:function]``."""

import sys
import time
import warnings

from tests.mutants.hunt import AREAS, hunt

warnings.simplefilter("error")  # as in the tests
start = time.perf_counter()
report = hunt(*sys.argv[1:2])
for mutant in report.survived:
    print(mutant)
for area in dict.fromkeys(AREAS.values()):
    for gradients_only in (False, True):
        caught, total = report.rate(area, gradients_only=gradients_only)
        if total:
            kind = "in backward" if gradients_only else "all"
            print(f"{area}, {kind}: {caught} of {total} caught, {caught / total:.1%}")
print(f"{time.perf_counter() - start:.0f} s")
