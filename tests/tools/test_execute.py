"""Pages are executed into the cache in which the build looks for them."""

import pytest
from execute import execute
from jupyter_cache import get_cache
from pages import read_page

PAGE = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A page

```{code-cell} ipython3
%s
```
"""

pytestmark = pytest.mark.slow


def test_a_page_is_executed_once_and_found_again(tmp_path):
    page, ran = tmp_path / "page.md", tmp_path / "ran"
    page.write_text(PAGE % f"print(6 * 7, file=open({str(ran)!r}, 'a'))")
    for _ in range(2):
        assert execute(page, str(tmp_path / "cache"), 60)
        assert ran.read_text() == "42\n"
    get_cache(str(tmp_path / "cache")).match_cache_notebook(read_page(page))


def test_a_page_that_fails_says_so_and_is_not_kept(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE % "1 / 0")
    assert not execute(page, str(tmp_path / "cache"), 60)
    with pytest.raises(KeyError):
        get_cache(str(tmp_path / "cache")).match_cache_notebook(read_page(page))
