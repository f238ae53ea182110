"""Exercises of the part "compression", one module a page."""
