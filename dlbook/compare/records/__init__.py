"""Measurements on GPUs, one JSON file a machine; see `dlbook.compare.recording`."""
