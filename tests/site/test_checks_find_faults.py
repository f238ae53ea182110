"""Every check of the site finds its fault, on pages that are made to be wrong."""

import accessibility
import browsers
import built_site
import keyboard
import links
import markup
import pytest
import serving

START = (
    '<!DOCTYPE html><html lang="en"><head><title>A page</title>'
    '<link rel="icon" href="data:,"></head><body>'
)


@pytest.fixture
def site(tmp_path):
    """A function that writes a page of this body and returns the site's folder."""

    def write(body, name="page.html"):
        page = tmp_path / name
        page.write_text(f"{START}{body}</body></html>", encoding="utf-8")
        built_site.parse.cache_clear()
        links.anchors.cache_clear()
        return tmp_path.resolve()

    return write


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<img src="a.svg">', "no alt"),
        ('<img src="a.svg" alt="">', "empty alt"),
        ('<img src="a.svg" alt="a.svg">', "file name"),
        ('<img src="a.svg" alt="a figure">', "fewer than three words"),
        ('<svg role="img"></svg>', "says only"),
    ],
)
def test_a_picture_without_words(site, body, fault):
    (finding,) = markup.missing_alternatives(built_site.parse(site(body), "page.html"))
    assert fault in finding


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p>none</p>", "0 h1"),
        ("<h1>a</h1><h1>b</h1>", "2 h1"),
        ("<h1>a</h1><h3>b</h3>", "h3 'b' follows"),
    ],
)
def test_an_outline_out_of_order(site, body, fault):
    (finding,) = markup.outline_faults(built_site.parse(site(body), "page.html"))
    assert fault in finding


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="nowhere.html">x</a>', "no file"),
        ('<a href="#nothing">x</a>', "'nothing'"),
        ('<a href="page.html#nothing">x</a>', "'nothing'"),
        ('<a href="/page.html">x</a>', "host's root"),
        ('<a href="../../page.html">x</a>', "leaves the site"),
        ('<img src="gone.png">', "no file"),
    ],
)
def test_a_broken_link(site, body, fault):
    (finding,) = links.broken_links(site(body), "page.html")
    assert fault in finding


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        '<p style="background: url(https://cdn.example/x.png)">x</p>',
        "<style>@import 'https://cdn.example/x.css';</style>",
    ],
)
def test_something_from_another_host(site, body):
    assert markup.external_resources(built_site.parse(site(body), "page.html"))


def test_a_sound_page_has_no_fault(site):
    folder = site("<main><h1>Title</h1><p id='here'><a href='#here'>x</a></p></main>")
    soup = built_site.parse(folder, "page.html")
    assert not markup.missing_alternatives(soup) + markup.outline_faults(soup)
    assert not markup.external_resources(soup)
    assert not links.broken_links(folder, "page.html")


@pytest.fixture
def open_page(site, browser):
    """A function that opens a page of this body on a phone."""
    entered = []

    def open_it(body):
        server = serving.serving(site(body))
        base = server.__enter__()
        entered.append(server)
        opened = browsers.visit(
            browser,
            base,
            "page.html",
            size="phone",
            scripts=(accessibility.axe_script(),),
        )
        entered.append(opened)
        return opened.__enter__()

    yield open_it
    for context in reversed(entered):
        context.__exit__(None, None, None)


def test_an_error_in_the_console(open_page):
    visit = open_page("<h1>x</h1><script>console.error('broken')</script>")
    assert visit.messages == ["error: broken"]


def test_an_exception(open_page):
    visit = open_page("<h1>x</h1><script>throw new Error('broken')</script>")
    assert any("broken" in message for message in visit.messages)


def test_what_the_policy_forbids(open_page):
    visit = open_page("<h1>x</h1><img src='https://cdn.example/x.png' alt='a picture'>")
    assert any("Content Security Policy" in message for message in visit.messages)


def test_a_request_that_fails(open_page):
    visit = open_page("<h1>x</h1><img src='gone.png' alt='a lost picture'>")
    assert any("status 404" in failure for failure in visit.request_faults())


def test_a_page_wider_than_the_screen(open_page):
    visit = open_page("<h1>x</h1><div style='width: 900px'>wide</div>")
    assert visit.sideways()


def test_text_too_faint_to_read(open_page):
    visit = open_page("<main><h1>x</h1><p style='color: #bbb'>faint</p></main>")
    for colours_only in (False, True):
        findings = accessibility.severe_findings(visit.page, colours_only=colours_only)
        assert any("color-contrast" in finding for finding in findings)


def test_a_control_without_a_name(open_page):
    visit = open_page("<main><h1>x</h1><button></button></main>")
    assert any("button-name" in f for f in accessibility.severe_findings(visit.page))


def test_a_control_that_tab_does_not_reach_or_show(open_page):
    visit = open_page(
        "<style>*:focus { outline: none; }</style><h1>x</h1><a href='#a'>one</a>"
        "<button>two</button><script>document.querySelector('button').addEventListener("
        "'focus', e => e.target.blur())</script><button id='a'>three</button>"
    )
    findings = keyboard.walk(visit.page)
    assert any("focus cannot be seen" in finding for finding in findings)


def test_a_sound_page_has_no_fault_in_the_browser(open_page):
    visit = open_page("<main><h1>x</h1><p><a href='#a' id='a'>one</a></p></main>")
    assert visit.messages == visit.request_faults() == visit.sideways() == []
    assert accessibility.severe_findings(visit.page) == []
    assert keyboard.walk(visit.page) == []
