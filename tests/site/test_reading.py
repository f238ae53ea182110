"""What a reader does on the site: search, choose a scheme."""

import browsers
import pytest

TERMS = {
    "perceptron": "book/neurons/neuron.html",
    "chain rule": "book/backprop/autograd.html",
    "notation": "book/notation.html",
}
RESULTS = "#search-results li a"
SCHEME_SWITCH = "button.theme-switch-button:visible"
SHOWN = "document.documentElement.dataset.theme"
CHOSEN = "document.documentElement.dataset.mode"
GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("term", TERMS)
def test_search_finds_the_page(term, browser, base):
    with browsers.visit(browser, base, f"search.html?q={term}") as visit:
        visit.page.wait_for_selector(RESULTS)
        found = visit.page.eval_on_selector_all(RESULTS, "all => all.map(a => a.href)")
        assert any(link.startswith(base + TERMS[term]) for link in found), found


def test_search_finds_nothing_for_a_word_that_is_nowhere(browser, base):
    with browsers.visit(browser, base, "search.html?q=xyzzyplugh") as visit:
        visit.page.get_by_text("did not match any documents").wait_for()
        assert visit.page.locator(RESULTS).count() == 0


@pytest.mark.parametrize("size", browsers.SIZES)
def test_a_search_starts_on_any_page(size, browser, base):
    with browsers.visit(browser, base, "book/notation.html", size=size) as visit:
        visit.page.locator("button[class*=search-button]:visible").first.click()
        visit.page.keyboard.type("perceptron")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/search.html?q=perceptron")
        visit.page.wait_for_selector(RESULTS)
        assert not visit.messages


@pytest.mark.parametrize("size", browsers.SIZES)
def test_the_scheme_can_be_chosen_and_stays(size, browser, base):
    with browsers.visit(browser, base, "book/notation.html", size=size) as visit:
        page = visit.page
        grounds = {page.evaluate(SHOWN): page.evaluate(GROUND)}
        assert set(grounds) == {"light"}
        for _ in range(3):  # system, light, dark, in the theme's order
            page.locator(SCHEME_SWITCH).first.press("Enter")
            grounds[page.evaluate(SHOWN)] = page.evaluate(GROUND)
            if page.evaluate(CHOSEN) == "dark":
                break
        assert set(grounds) == {"light", "dark"}
        assert grounds["light"] != grounds["dark"]
        page.goto(base + "book/glossary.html", wait_until="load")
        assert page.evaluate(SHOWN) == "dark"
        assert page.evaluate(GROUND) == grounds["dark"]
        assert not visit.messages
