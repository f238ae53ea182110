"""Exercises of the part on convolutional networks, a module for each page."""
