"""Exercises of the part on backpropagation, a module for each page."""
