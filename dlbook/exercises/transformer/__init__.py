"""Exercises of the part on transformers, a module for each page."""
