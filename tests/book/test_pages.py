"""Every page keeps the book's rules; `tools/rules_*.py` say what they are."""

import re

import pytest
from check_pages import page_faults
from pages import ROOT, docname, notebook_pages, prose
from rules_hidden import hidden_uses

PAGES = notebook_pages()
NAMES = [docname(page) for page in PAGES]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_page_keeps_the_rules(page):
    assert page_faults(page) == []


def test_a_page_uses_only_what_the_reader_has_seen():
    assert hidden_uses() == []


def glossary():
    """Return the entries of the glossary: term in lower case -> definition."""
    text = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    body = re.search(r"^(`{3,}|:{3,})\{glossary\}.*?\n(.*?)^\1", text, re.M | re.S)[2]
    entries, terms = {}, []
    for line in body.splitlines():
        if line.strip().startswith(":sorted:") or not line.strip():
            continue
        if line[0] not in " \t:":
            terms = terms if terms and entries[terms[-1]] == "" else []
            terms.append(line.strip().lower())
            entries[terms[-1]] = ""
        else:
            for term in terms:
                entries[term] += " " + line.strip(" \t:")
    return entries


def test_every_glossary_entry_gives_the_chinese_term():
    entries = glossary()
    assert len(entries) > 20
    assert [
        t for t, meaning in entries.items() if not CHINESE.search(t + meaning)
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_term_on_a_page_is_in_the_glossary(page):
    entries = glossary()
    used = re.findall(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`", prose(page))
    assert [t for t in used if " ".join(t.lower().split()) not in entries] == []
