"""The tests. A package, so that tests and pages share `tests.contracts`."""
