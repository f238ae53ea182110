"""Exercises of the part on recurrent networks, a module for each page."""
