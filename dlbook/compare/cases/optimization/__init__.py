"""Cases of the part "optimization", one module a page."""

from dlbook.compare.cases.optimization import (
    adaptive,
    gradient_descent,
    initialization,
    schedules,
)

CASES = (
    *gradient_descent.CASES,
    *adaptive.CASES,
    *schedules.CASES,
    *initialization.CASES,
)
