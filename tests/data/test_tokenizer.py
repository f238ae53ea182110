"""The byte-pair tokenizer: nothing is lost, and tokens are those of the definition."""

import copy
import json
import pickle
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import BytePairTokenizer
from dlbook.data.word_pattern import PATTERN, gpt2_pattern

TEXT = (
    "The theory of the thing is that the thinner thread threads the needle. "
    "It's 1969, and the others won't thank them for the theater!\n\n"
    "Thirty-three thieves thought that they thrilled the throne throughout Thursday.\n"
)
TOKENIZER = BytePairTokenizer.train(
    TEXT, 300, special=["<end>", "<end><end>"], min_count=1
)
UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
THREADS = st.text("theTHE '\n.1é字")


def by_definition(tokenizer, word):
    """Tokens of a word: every merge in order, wherever its pair stands."""
    tokens = [bytes([byte]) for byte in word.encode()]
    for left, right in tokenizer.merges:
        place = 0
        while place + 1 < len(tokens):
            if (tokens[place], tokens[place + 1]) == (left, right):
                tokens[place : place + 2] = [left + right]
            place += 1
    return tokens


@given(text=UNICODE | THREADS)
def test_any_text_comes_back(text):
    ids = TOKENIZER.encode(text)
    assert TOKENIZER.decode(ids) == text
    assert TOKENIZER.decode_bytes(ids) == text.encode()
    assert ids.dtype == np.int64
    assert ids.ndim == 1
    np.testing.assert_array_equal(TOKENIZER.encode(text.encode()), ids)


@given(data=st.binary() | THREADS.map(lambda text: text.encode()[1:-1]))
def test_any_bytes_come_back(data):
    ids = TOKENIZER.encode(data)
    assert TOKENIZER.decode_bytes(ids) == data
    assert TOKENIZER.decode(ids) == data.decode("utf-8", "replace")


@given(
    parts=st.lists(THREADS | st.sampled_from(["<end>", "<end><end>", "<en"])),
    pattern=st.sampled_from([PATTERN, None, gpt2_pattern(), r"\w"]),
)
def test_with_special_tokens_any_text_comes_back(parts, pattern):
    text = "".join(parts)
    tokenizer = BytePairTokenizer(
        TOKENIZER.merges, special=TOKENIZER.special, pattern=pattern
    )
    for special in (False, True):
        ids = tokenizer.encode(text, special=special)
        assert tokenizer.decode(ids) == text
        assert (ids >= len(tokenizer) - 2).any() == (special and "<end>" in text)


@given(text=THREADS)
def test_tokens_are_those_of_the_definition(text):
    tokens = [TOKENIZER.vocabulary[number] for number in TOKENIZER.encode(text)]
    words = TOKENIZER.split(text)
    assert "".join(words) == text
    assert tokens == [t for word in words for t in by_definition(TOKENIZER, word)]


def test_training_by_hand():
    # low, lower, lowest: "lo" and "ow" come three times, and l is before o.
    tokenizer = BytePairTokenizer.train("low lower lowest", 259)
    assert tokenizer.merges == ((b"l", b"o"), (b"lo", b"w"), (b" ", b"low"))
    assert tokenizer.vocabulary[256:] == (b"lo", b"low", b" low")
    assert tokenizer.encode("low lowly").tolist() == [257, 258, ord("l"), ord("y")]


def test_ids_are_bytes_then_merged_then_special_tokens():
    assert TOKENIZER.vocabulary[:256] == tuple(bytes([byte]) for byte in range(256))
    assert TOKENIZER.vocabulary[256] == b"th"
    made = [left + right for left, right in TOKENIZER.merges]
    assert list(TOKENIZER.vocabulary[256:298]) == made
    assert TOKENIZER.vocabulary[298:] == ("<end>", "<end><end>")
    assert TOKENIZER.special == {"<end>": 298, "<end><end>": 299}
    assert len(TOKENIZER) == 300
    assert TOKENIZER.pattern == PATTERN
    assert BytePairTokenizer().encode("aé").tolist() == [97, 0xC3, 0xA9]


def test_no_token_crosses_a_word():
    assert not any(b"." in t[:-1] for t in TOKENIZER.vocabulary[256:298])
    free = BytePairTokenizer.train("a. a. a. a.", 258, pattern=None)
    assert free.merges == ((b"a", b"."), (b" ", b"a."))
    assert BytePairTokenizer.train("a. a. a. a.", 257).merges == ((b" ", b"a"),)
    own = BytePairTokenizer.train("a. a. a. a.", 257, pattern=r"\w\.| ")
    assert own.merges == ((b"a", b"."),)


def test_texts_are_trained_apart():
    expected = BytePairTokenizer.train("ab ab", 257)
    for texts in (["ab", "ab"], iter(["ab", b"ab"]), b"ab ab", ("a", "ab ab")):
        assert BytePairTokenizer.train(texts, 257) == expected
    assert BytePairTokenizer.train(["ab", "bb", "b"], 256).merges == ()
    with pytest.raises(ValueError, match="with 256 tokens no pair is left"):
        BytePairTokenizer.train(["a", "b"] * 5, 257)


def test_training_cuts_the_text_at_special_tokens():
    text = "<end>".join(["ab"] * 3)
    tokenizer = BytePairTokenizer.train(text, 258, special=["<end>"])
    assert tokenizer.merges == ((b"a", b"b"),)
    assert BytePairTokenizer.train(text, 257).merges == ((b"a", b"b"),)
    with pytest.raises(ValueError, match="with 258 tokens no pair is left"):
        BytePairTokenizer.train(text, 259, special=["<end>"])


def test_pairs_that_come_once_are_merged_only_if_asked_for():
    with pytest.raises(
        ValueError,
        match=r"vocab_size=260 is more than this text gives: with 257 tokens no pair "
        r"is left that comes 2 times \(min_count\)",
    ):
        BytePairTokenizer.train("ab ab xyz", 260, pattern=r"\w+")
    trained = BytePairTokenizer.train("ab ab xyz", 259, pattern=r"\w+", min_count=1)
    assert trained.merges == ((b"a", b"b"), (b"x", b"y"), (b"xy", b"z"))


def test_special_tokens_are_found_only_where_asked_for():
    text = "a<end>b<end><end>"
    ids = TOKENIZER.encode(text, special=True).tolist()
    assert ids == [ord("a"), 298, ord("b"), 299]
    assert max(TOKENIZER.encode(text)) < 298
    assert TOKENIZER.decode(ids) == text
    assert TOKENIZER.decode(ids, special=False) == "ab"
    assert TOKENIZER.decode_bytes(ids, special=False) == b"ab"
    assert TOKENIZER.encode(b"\xff<end>", special=True).tolist() == [255, 298]


def test_adding_a_special_token():
    tokenizer = copy.deepcopy(TOKENIZER)
    before = tokenizer.encode("a<|x|>b")
    assert tokenizer.add_special("<|x|>") == 300
    assert len(tokenizer) == 301
    assert tokenizer.vocabulary[300] == "<|x|>"
    assert tokenizer.encode("a<|x|>b", special=True).tolist() == [97, 300, 98]
    np.testing.assert_array_equal(tokenizer.encode("a<|x|>b"), before)
    assert tokenizer.decode([300]) == "<|x|>"
    assert tokenizer.add_special("é") == 301
    assert tokenizer.decode([301, 300]) == "é<|x|>"
    assert tokenizer != TOKENIZER
    assert len(TOKENIZER) == 300
    for bad in ("<|x|>", "<end>"):
        with pytest.raises(ValueError, match="is there twice"):
            tokenizer.add_special(bad)
    with pytest.raises(TypeError, match="a special token must be a str, got 1"):
        tokenizer.add_special(1)
    assert len(tokenizer) == 302


def test_words_are_remembered_and_not_confused():
    tokenizer = BytePairTokenizer([(b"a", b"b")])
    first = tokenizer.encode("ab ab")
    np.testing.assert_array_equal(tokenizer.encode("ab ab"), first)
    tokenizer.encode("ab")[:] = 7  # must not change what is remembered
    assert tokenizer.encode("ab").tolist() == [256]
    assert tokenizer.encode("").shape == (0,)


def test_a_word_is_merged_once():
    merged = []

    class Watched(BytePairTokenizer):
        def _encode_word(self, word):
            merged.append(word)
            return super()._encode_word(word)

    with mock.patch("dlbook.data.tokenizer._MOST_KNOWN", 2):
        tokenizer = Watched([(b"a", b"b")])
        first = tokenizer.encode("ab ab ab c c ab")
    assert merged == ["ab", " ab", " c", " c"]  # two words are all it remembers
    assert first.tolist() == [256, 32, 256, 32, 256, 32, 99, 32, 99, 32, 256]


def test_two_merges_may_make_one_token():
    merges = [(b"a", b"b"), (b"b", b"c"), (b"ab", b"c"), (b"a", b"bc")]
    tokenizer = BytePairTokenizer(merges)
    assert tokenizer.vocabulary[256:] == (b"ab", b"bc", b"abc")
    assert tokenizer.encode("abc").tolist() == [258]


def test_ids_may_be_given():
    plain = BytePairTokenizer([(b"a", b"b")], special=["<end>"])
    turned = {token: 257 - number for number, token in enumerate(plain.vocabulary)}
    tokenizer = BytePairTokenizer([(b"a", b"b")], special=["<end>"], ids=turned)
    ids = plain.encode("abc<end>", special=True)
    again = tokenizer.encode("abc<end>", special=True)
    np.testing.assert_array_equal(again, 257 - ids)
    assert tokenizer.decode(again) == "abc<end>"
    assert tokenizer.special == {"<end>": 0}
    assert tokenizer != plain


@pytest.mark.parametrize("pattern", [PATTERN, None, r"\w+"])
def test_saved_and_loaded(tmp_path, pattern):
    for special in ((), ["<end>", "字"]):
        trained = BytePairTokenizer.train(
            TEXT + "éé", 270, special=special, pattern=pattern
        )
        path = tmp_path / "tokenizer.json"
        trained.save(path)
        loaded = BytePairTokenizer.load(path)
        assert loaded == trained
        assert loaded.special == trained.special
        assert loaded.pattern == pattern
        np.testing.assert_array_equal(loaded.encode(TEXT), trained.encode(TEXT))


def test_the_saved_file_can_be_read_by_anyone(tmp_path):
    path = tmp_path / "tokenizer.json"
    BytePairTokenizer([(b" ", b"t")], special=["<é>"]).save(path)
    text = path.read_bytes().decode()
    assert text.startswith('{\n "format": "dlbook byte-pair tokenizer 1",\n "pattern"')
    assert text.endswith("}\n")
    content = json.loads(text)
    assert content["merges"] == [["Ġ", "t"]]
    assert content["special"] == {"<é>": 257}
    assert content["ids"]["Ġt"] == 256
    assert content["ids"]["Ċ"] == 10
    assert "<é>" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"format": "x"},
            r"its format is 'x', expected 'dlbook byte-pair tokenizer 1'",
        ),
        ({"format": None}, "is no tokenizer that BytePairTokenizer.save wrote"),
        ({"merges": [["a"]]}, "is damaged"),
        ({"merges": [["a", "zz"]]}, "is damaged: merges: number 0"),
        ({"ids": {}}, "is damaged: ids: there is none for"),
        ({"ids": []}, "is damaged"),
        ({"special": {"<b>": 2}}, "is damaged: ids"),
        ({"pattern": 1}, "is damaged: pattern must be a str or None"),
    ],
)
def test_damaged_files_are_refused(tmp_path, change, message):
    path = tmp_path / "tokenizer.json"
    BytePairTokenizer([(b"a", b"b")], special=["<a>"]).save(path)
    content = json.loads(path.read_text("utf-8")) | change
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        BytePairTokenizer.load(path)
    assert "tokenizer.json" in str(caught.value)
    for missing in ("merges", "ids", "special", "pattern"):
        kept = {key: value for key, value in content.items() if key != missing}
        path.write_text(json.dumps(kept | {"format": content["format"]}), "utf-8")
        with pytest.raises(ValueError, match="json is"):
            BytePairTokenizer.load(path)


def gpt2_pair(folder, extra=("<|endoftext|>",)):
    """Write a small pair of files in the order of GPT-2's: visible bytes first."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in visible]
    order = [chr(byte) for byte in visible] + [chr(256 + n) for n in range(len(hidden))]
    tokens = [*order, "Ġt", "he", "Ġthe", *extra]
    vocab, merges = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(json.dumps({t: n for n, t in enumerate(tokens)}), "utf-8")
    merges.write_text("#version: 0.2\nĠ t\nh e\nĠt he\n", "utf-8")
    return vocab, merges


def test_gpt2s_files_are_read(tmp_path):
    tokenizer = BytePairTokenizer.from_gpt2(*gpt2_pair(tmp_path))
    # the published ids: "!" 0, "A" 32, "a" 64, "\n" 198, " " 220, " t" 256
    text = "!Aa\n the<|endoftext|>"
    assert tokenizer.encode(text, special=True).tolist() == [0, 32, 64, 198, 258, 259]
    assert tokenizer.encode("he ").tolist() == [257, 220]
    assert tokenizer.decode([198, 220, 256, 258]) == "\n  t the"
    assert len(tokenizer) == 260
    assert tokenizer.special == {"<|endoftext|>": 259}
    assert tokenizer.pattern == gpt2_pattern()
    assert tokenizer.merges == ((b" ", b"t"), (b"h", b"e"), (b" t", b"he"))


@pytest.mark.parametrize(
    ("extra", "special", "message"),
    [
        ((), ("<|endoftext|>",), "there is none for '<|endoftext|>'"),
        (("<|endoftext|>",), (), "b'<|endoftext|>' is no byte, no merge makes it"),
        (("zz", "<|endoftext|>"), ("<|endoftext|>",), "b'zz' is no byte"),
        (("<p ad>",), (), "' ' in '<p ad>' stands for no byte; is it a special token"),
    ],
)
def test_gpt2s_files_must_fit_together(tmp_path, extra, special, message):
    files = gpt2_pair(tmp_path, extra)
    with pytest.raises(ValueError, match=r"vocab\.json") as caught:
        BytePairTokenizer.from_gpt2(*files, special=special)
    assert message in str(caught.value)


def test_gpt2s_files_without_special_tokens(tmp_path):
    files = gpt2_pair(tmp_path, ())
    assert len(BytePairTokenizer.from_gpt2(*files, special=())) == 259
    content = json.loads(files[0].read_text("utf-8"))
    for change, message in (
        ({"Ġt": 500}, "256 is missing"),
        ({"Ġt": "1"}, "is no int"),
    ):
        files[0].write_text(json.dumps(content | change), "utf-8")
        with pytest.raises(ValueError, match=message):
            BytePairTokenizer.from_gpt2(*files, special=())


def test_files_for_others_are_written(tmp_path):
    vocab, merges = tmp_path / "vocab.json", tmp_path / "merges.txt"
    TOKENIZER.save_gpt2(vocab, merges)
    again = BytePairTokenizer.from_gpt2(vocab, merges, special=TOKENIZER.special)
    assert again.vocabulary == TOKENIZER.vocabulary
    assert again.merges == TOKENIZER.merges
    np.testing.assert_array_equal(again.encode(TEXT), TOKENIZER.encode(TEXT))
    clash = BytePairTokenizer([(b"a", b"b")], special=["ab"])
    assert clash.encode("abab", special=True).tolist() == [257, 257]
    with pytest.raises(ValueError, match="'ab' is a special token and another one"):
        clash.save_gpt2(vocab, merges)


def test_tokenizers_travel_and_compare():
    for way in (copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))):
        for pattern in (PATTERN, None):
            tokenizer = BytePairTokenizer([(b"a", b"b")], pattern=pattern)
            again = way(tokenizer)
            assert again == tokenizer
            assert (
                again.encode("ab cab").tolist() == tokenizer.encode("ab cab").tolist()
            )
    plain = BytePairTokenizer([(b"a", b"b")])
    assert plain != BytePairTokenizer([(b"a", b"c")])
    assert plain != BytePairTokenizer([(b"a", b"b")], special=["x"])
    assert plain != BytePairTokenizer([(b"a", b"b")], pattern=None)
    assert plain != "ab"
    with pytest.raises(TypeError, match="unhashable"):
        hash(plain)
    assert repr(TOKENIZER) == (
        "BytePairTokenizer(300 tokens: 256 bytes, 42 merged, 2 special)"
    )


def test_what_it_shows_cannot_change_it():
    TOKENIZER.special["<x>"] = 0
    assert "<x>" not in TOKENIZER.special
    assert isinstance(TOKENIZER.vocabulary, tuple)
    assert isinstance(TOKENIZER.merges, tuple)


def test_bytes_that_are_no_text():
    cut = BytePairTokenizer().encode("é")[:1]
    assert BytePairTokenizer().decode(cut) == "\ufffd"
    assert BytePairTokenizer().decode(cut, errors="ignore") == ""
    with pytest.raises(UnicodeDecodeError):
        BytePairTokenizer().decode(cut, errors="strict")


@pytest.mark.parametrize(
    "ids", [[], np.array([], np.int64), np.array([97], "u1"), (98,)]
)
def test_any_integers_are_decoded(ids):
    assert TOKENIZER.decode(ids) == "".join(map(chr, ids))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda t: t.encode(1), TypeError, "text must be a str or bytes, got int"),
        (lambda t: t.encode("\ud800"), ValueError, "half of a surrogate pair"),
        (lambda t: t.split(b"a"), TypeError, "text must be a str, got bytes"),
        (lambda t: t.decode([300]), ValueError, r"ids must lie in \[0, 300\), got 300"),
        (lambda t: t.decode([0, -1]), ValueError, r"ids must lie in .*, got -1"),
        (lambda t: t.decode([0.0]), TypeError, "ids must be integers, got float64"),
        (
            lambda t: t.decode([[0]]),
            ValueError,
            r"ids must have shape \(T,\), got \(1,",
        ),
        (lambda t: t.decode(0), ValueError, r"ids must have shape \(T,\), got \(\)"),
        (
            lambda t: t.train("ab", 255),
            ValueError,
            "vocab_size must be at least 256, got 255",
        ),
        (
            lambda t: t.train("ab", 256, special=["x"]),
            ValueError,
            "vocab_size must be at least 257, got 256",
        ),
        (lambda t: t.train("a", 256.0), TypeError, "vocab_size must be an int"),
        (lambda t: t.train("a", 256, min_count=0), ValueError, "min_count must be at"),
        (lambda t: t.train(1, 256), TypeError, "text must be a str, bytes or an"),
        (
            lambda t: t.train([1], 256),
            TypeError,
            "text must be a str or bytes, got int",
        ),
        (lambda t: t.train("a", 256, pattern="("), ValueError, "no regular expression"),
        (lambda t: t.train("a", 300, special="x"), TypeError, "an iterable of str"),
        (
            lambda t: BytePairTokenizer([(b"th", b"e")]),
            ValueError,
            "needs b'th', which no merge before it makes",
        ),
    ],
)
def test_bad_input_is_named(act, error, message):
    with pytest.raises(error, match=message):
        act(TOKENIZER)
