"""Pages run within their time: 60 s each, 15 s on average.

The average may be a third longer before a test fails: the same pages have taken half as
long again on the same machine an hour later.
"""

import nbformat
from jupyter_cache import get_cache
from notebook_cache import cache_folder
from pages import ROOT, docname, notebook_pages

LONGEST = 60.0
LONGEST_ON_AVERAGE = 15.0
LENIENCE = 4 / 3


def seconds():
    """Return the build's execution time of every page, found by its notebook."""
    cache = get_cache(str(cache_folder(ROOT)))
    times = {}
    for page in notebook_pages():
        notebook = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
        record = cache.match_cache_notebook(notebook)
        times[docname(page)] = record.data["execution_seconds"]
    return times


def test_every_page_and_the_mean_stay_within_their_time():
    times = seconds()
    assert times
    assert {page: t for page, t in times.items() if t > LONGEST} == {}
    assert sum(times.values()) / len(times) <= LENIENCE * LONGEST_ON_AVERAGE
