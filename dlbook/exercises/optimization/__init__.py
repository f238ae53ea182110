"""Exercises of the part on optimization, a module for each page."""
