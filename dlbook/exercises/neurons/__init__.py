"""Exercises of the part on neurons, a module for each page."""
