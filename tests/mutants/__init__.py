"""Planted faults: do the contract rows notice them?"""
