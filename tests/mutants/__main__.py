"""Print the survivors: ``python -m tests.mutants [part of module:function]``."""

import sys
import time
import warnings

from tests.mutants.hunt import AREAS, hunt

warnings.simplefilter("error")  # as in the tests
start = time.perf_counter()
for area in dict.fromkeys(AREAS.values()):
    report = hunt(area, *sys.argv[1:2])
    for mutant in report.survived:
        print("survived:", mutant)
    for kind, gradients_only in (("all", False), ("in backward", True)):
        caught, total = report.rate(gradients_only=gradients_only)
        if total:
            print(f"{area}, {kind}: {caught} of {total} caught, {caught / total:.1%}")
print(f"{time.perf_counter() - start:.0f} s")
