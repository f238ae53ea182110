"""Rooflines of machines, one JSON file each; see `dlbook.compare.roofline`."""
