"""Let the tests of the built book import `running`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
