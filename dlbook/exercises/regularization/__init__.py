"""Exercises of the part on regularization, a module for each page."""
