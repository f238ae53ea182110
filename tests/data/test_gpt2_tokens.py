"""GPT-2's files: the table of its bytes, and files that are damaged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.gpt2_tokens import (
    byte_symbols,
    from_symbols,
    read_gpt2_files,
    read_json,
    to_symbols,
    write_gpt2_files,
)


def test_the_table_is_gpt2s():
    symbols = byte_symbols()
    assert len(set(symbols)) == 256
    assert all(len(symbol) == 1 and symbol.isprintable() for symbol in symbols)
    assert not any(symbol.isspace() for symbol in symbols)
    known = {  # as they stand in the published vocab.json
        "!": ord("!"),
        "~": ord("~"),
        "a": ord("a"),
        "Ġ": ord(" "),
        "Ċ": ord("\n"),
        "ĉ": ord("\t"),
        "č": ord("\r"),
        "Ā": 0,
        "ġ": 0x7F,
        "Ģ": 0x80,
        "ł": 0xA0,
        "¡": 0xA1,
        "¬": 0xAC,
        "Ń": 0xAD,
        "®": 0xAE,
        "ÿ": 0xFF,
    }
    assert {symbol: symbols.index(symbol) for symbol in known} == known


def test_words_in_symbols():
    assert to_symbols(b" the\n") == "ĠtheĊ"
    assert to_symbols("é".encode()) == "Ã©"
    assert to_symbols(b"") == ""


@given(token=st.binary())
def test_bytes_come_back_from_symbols(token):
    assert from_symbols(to_symbols(token)) == token
    assert len(to_symbols(token)) == len(token)


@pytest.mark.parametrize("text", ["a b", "字", "\xa0", "\xad", "\n"])
def test_characters_that_stand_for_no_byte_are_refused(text):
    with pytest.raises(ValueError, match="stands for no byte"):
        from_symbols(text)


@given(
    ids=st.dictionaries(
        st.binary(min_size=1, max_size=3), st.integers(0, 9), max_size=5
    ),
    pairs=st.lists(st.tuples(st.binary(min_size=1), st.binary(min_size=1)), max_size=5),
)
def test_files_come_back(tmp_path_factory, ids, pairs):
    folder = tmp_path_factory.mktemp("files")
    vocab, merges = folder / "vocab.json", folder / "merges.txt"
    written = {to_symbols(token): number for token, number in ids.items()}
    write_gpt2_files(vocab, merges, written, pairs)
    assert read_gpt2_files(vocab, merges, ()) == (ids, pairs)


def test_what_the_files_look_like(tmp_path):
    vocab, merges = tmp_path / "vocab.json", tmp_path / "merges.txt"
    pairs = [(b"#", b"#"), (b" ", b"t")]
    write_gpt2_files(vocab, merges, {"b": 1, "Ġt": 0, "<a b>": 2}, pairs)
    assert vocab.read_bytes().decode() == '{"Ġt": 0, "b": 1, "<a b>": 2}'
    assert merges.read_bytes().decode() == "#version: 0.2\n# #\nĠ t\n"
    ids, read = read_gpt2_files(vocab, merges, ["<a b>"])
    assert list(ids.items()) == [(b" t", 0), (b"b", 1), ("<a b>", 2)]
    assert read == pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("#version: 0.2\n", []),
        ("#version: 0.2\r\na b\r\n", [(b"a", b"b")]),
        ("a b", [(b"a", b"b")]),
        ("# #\n#version: x", [(b"#", b"#"), (b"#version:", b"x")]),
        ("a b\n\nc d\n", [(b"a", b"b"), (b"c", b"d")]),
    ],
)
def test_merges_with_and_without_a_first_line(tmp_path, text, pairs):
    vocab, merges = tmp_path / "vocab.json", tmp_path / "merges.txt"
    vocab.write_text("{}", "utf-8")
    merges.write_bytes(text.encode())
    assert read_gpt2_files(vocab, merges, ())[1] == pairs


@pytest.mark.parametrize(
    ("vocab_text", "merges_text", "message"),
    [
        ("[", "", r"vocab\.json is no JSON file: "),
        ("[1]", "", r"vocab\.json must hold a JSON object, got list"),
        ('{"<a b>": 0}', "", r"vocab\.json: ' ' in '<a b>' .* is it a special token"),
        (
            "{}",
            "#version: 0.2\na b\nc",
            r"merges\.txt, line 3: expected two .* got 'c'",
        ),
        ("{}", "a b c\n", r"merges\.txt, line 1: expected two tokens"),
        ("{}", "a  b\n", r"merges\.txt, line 1: expected two tokens"),
        ("{}", "a \n", r"merges\.txt, line 1: expected two tokens"),
        ("{}", "a b\n字 b\n", r"merges\.txt, line 2: '字' in '字' stands for no byte"),
    ],
)
def test_damaged_files_are_named(tmp_path, vocab_text, merges_text, message):
    vocab, merges = tmp_path / "vocab.json", tmp_path / "merges.txt"
    vocab.write_text(vocab_text, "utf-8")
    merges.write_text(merges_text, "utf-8")
    with pytest.raises(ValueError, match=message):
        read_gpt2_files(vocab, merges, ())


def test_what_is_no_json_object_is_refused(tmp_path):
    path = tmp_path / "file.json"
    path.write_bytes(b"\xff{}")
    with pytest.raises(ValueError, match=r"file\.json is no JSON file: .*utf-8"):
        read_json(path)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")
    path.write_text('{"a": "é"}', "utf-8")
    assert read_json(path) == {"a": "é"}
