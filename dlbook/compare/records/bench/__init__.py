"""Benchmarks of machines, one JSON file each; see `dlbook.compare.book_speeds`."""
