"""Without a site there is nothing to look at, and that is a failure."""

import built_site


def test_there_is_a_built_site():
    pages = built_site.pages_of(built_site.SITE)
    assert pages, f"no page in {built_site.SITE}: run `make book` first"
    assert "index.html" in pages
