"""Number words and Chinese numerals: written by hand, and there and back."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import (
    chinese_numeral,
    draw_numbers,
    from_chinese_numeral,
    from_number_words,
    make_numerals,
    number_words,
    numeral_pairs,
)

LARGEST = 999_999_999_999
NUMBERS = st.integers(0, LARGEST) | st.integers(0, 12).flatmap(
    # zeros in any place
    lambda digits: st.text("0012", min_size=digits, max_size=digits).map(
        lambda text: int(text or "0")
    )
)


@pytest.mark.parametrize(
    ("number", "numeral", "words"),
    [
        (0, "零", "zero"),
        (1, "一", "one"),
        (2, "二", "two"),
        (9, "九", "nine"),
        (10, "十", "ten"),
        (11, "十一", "eleven"),
        (12, "十二", "twelve"),
        (13, "十三", "thirteen"),
        (19, "十九", "nineteen"),
        (20, "二十", "twenty"),
        (21, "二十一", "twenty-one"),
        (99, "九十九", "ninety-nine"),
        (100, "一百", "one hundred"),
        (101, "一百零一", "one hundred one"),
        (110, "一百一十", "one hundred ten"),
        (112, "一百一十二", "one hundred twelve"),
        (120, "一百二十", "one hundred twenty"),
        (999, "九百九十九", "nine hundred ninety-nine"),
        (1_000, "一千", "one thousand"),
        (1_001, "一千零一", "one thousand one"),
        (1_010, "一千零一十", "one thousand ten"),
        (1_100, "一千一百", "one thousand one hundred"),
        (1_203, "一千二百零三", "one thousand two hundred three"),
        (2_000, "二千", "two thousand"),
        (2_222, "二千二百二十二", "two thousand two hundred twenty-two"),
        (10_000, "一万", "ten thousand"),
        (10_001, "一万零一", "ten thousand one"),
        (10_010, "一万零一十", "ten thousand ten"),
        (10_100, "一万零一百", "ten thousand one hundred"),
        (11_000, "一万一千", "eleven thousand"),
        (20_000, "二万", "twenty thousand"),
        (100_000, "十万", "one hundred thousand"),
        (100_001, "十万零一", "one hundred thousand one"),
        (110_000, "十一万", "one hundred ten thousand"),
        (120_012, "十二万零一十二", "one hundred twenty thousand twelve"),
        (200_300, "二十万零三百", "two hundred thousand three hundred"),
        (203_000, "二十万三千", "two hundred three thousand"),
        (1_000_000, "一百万", "one million"),
        (1_010_000, "一百零一万", "one million ten thousand"),
        (1_100_000, "一百一十万", "one million one hundred thousand"),
        (10_000_000, "一千万", "ten million"),
        (10_000_001, "一千万零一", "ten million one"),
        (10_010_000, "一千零一万", "ten million ten thousand"),
        (10_100_010, "一千零一十万零一十", "ten million one hundred thousand ten"),
        (
            12_345_678,
            "一千二百三十四万五千六百七十八",
            "twelve million three hundred forty-five thousand six hundred "
            "seventy-eight",
        ),
        (
            99_999_999,
            "九千九百九十九万九千九百九十九",
            "ninety-nine million nine hundred ninety-nine thousand nine hundred "
            "ninety-nine",
        ),
        (100_000_000, "一亿", "one hundred million"),
        (100_000_001, "一亿零一", "one hundred million one"),
        (100_003_000, "一亿零三千", "one hundred million three thousand"),
        (100_010_001, "一亿零一万零一", "one hundred million ten thousand one"),
        (103_000_000, "一亿零三百万", "one hundred three million"),
        (110_000_000, "一亿一千万", "one hundred ten million"),
        (1_000_000_000, "十亿", "one billion"),
        (
            1_200_120_000,
            "十二亿零一十二万",
            "one billion two hundred million one hundred twenty thousand",
        ),
        (100_000_000_000, "一千亿", "one hundred billion"),
        (
            LARGEST,
            "九千九百九十九亿九千九百九十九万九千九百九十九",
            "nine hundred ninety-nine billion nine hundred ninety-nine million "
            "nine hundred ninety-nine thousand nine hundred ninety-nine",
        ),
    ],
)
def test_written_by_hand(number, numeral, words):
    assert chinese_numeral(number) == numeral
    assert number_words(number) == words
    assert from_chinese_numeral(numeral) == number
    assert from_number_words(words) == number


def test_all_numbers_of_five_digits_are_different_and_come_back():
    numbers = range(100_000)
    numerals = [chinese_numeral(number) for number in numbers]
    words = [number_words(number) for number in numbers]
    assert len(set(numerals)) == len(set(words)) == 100_000
    assert [from_chinese_numeral(numeral) for numeral in numerals[::7]] == list(
        numbers[::7]
    )
    assert [from_number_words(text) for text in words[::7]] == list(numbers[::7])


@given(number=NUMBERS)
def test_every_number_comes_back(number):
    assert from_chinese_numeral(chinese_numeral(number)) == number
    assert from_number_words(number_words(number)) == number
    assert from_number_words(number_words(number).replace("-", " ")) == number


@given(number=NUMBERS)
def test_a_numeral_is_the_digits_with_their_units(number):
    """The rule once more, by text replacement: write all, then drop zeros."""
    full = ""
    for place, digit in enumerate(reversed(str(number))):
        unit = "" if digit == "0" else ("", "十", "百", "千")[place % 4]
        group = ("", "万", "亿")[place // 4] if place % 4 == 0 else ""
        full = "零一二三四五六七八九"[int(digit)] + unit + group + full
    full = re.sub("零+", "零", full)
    full = re.sub("零([万亿])", r"\1零", full)  # zeros go behind the end of the group
    full = re.sub("亿零?万", "亿零", full)  # a group of zeros is one of them
    full = re.sub("零+", "零", full)
    # those that ended a group, and no others, are gone if a digit of thousands follows
    full = re.sub("([万])零([^零]千)", r"\1\2", full)
    if number // 10**8 and number // 10**4 % 10**4 >= 1000:
        full = re.sub("亿零([^零]千)", r"亿\1", full)
    full = re.sub("^一十", "十", full)
    assert chinese_numeral(number) == (full.rstrip("零") or "零")


@given(number=NUMBERS)
def test_what_every_numeral_and_every_number_in_words_is_like(number):
    numeral, words = chinese_numeral(number), number_words(number)
    assert set(numeral) <= set("零一二三四五六七八九十百千万亿")
    assert "零零" not in numeral
    assert number == 0 or not numeral.startswith("零")
    assert number == 0 or not numeral.endswith("零")
    assert not re.search("零[十百千万亿]", numeral)
    assert not numeral.startswith("一十")
    digits = [d for d in str(number) if d != "0"]
    shown = [c for c in numeral if c in "一二三四五六七八九"]
    ten = numeral.startswith("十")  # its 一 is not written
    assert ["零一二三四五六七八九"[int(d)] for d in digits] == ["一"] * ten + shown
    assert not re.search(r"\band\b|  |^ | $|--", words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "十零",
        "一十",
        "一十二",
        "一百十二",
        "一百一十零",
        "一千一",
        "一千零零一",
        "一千零一百",
        "一万一",
        "一万零三千",
        "一亿三千",
        "零一",
        "一零",
        "一二",
        "百",
        "十百",
        "万",
        "一万万",
        "一万亿",
        "两千",
        "〇",
        "12",
        "一 百",
        "九千九百九十九亿九千九百九十九万九千九百九十九亿",
    ],
)
def test_what_is_no_numeral_is_refused(text):
    with pytest.raises(ValueError, match=r"written in characters|no character of"):
        from_chinese_numeral(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "One",
        "one hundred and one",
        "one  hundred",
        "one-hundred",
        "hundred",
        "zero one",
        "twenty zero",
        "twenty-ten",
        "twenty twelve",
        "one thousand zero",
        "one million one million",
        "one thousand one million",
        "one two",
        "twelve hundred",
        "forty five-thousand",
        "one thousand billion",
        "one hundred hundred hundred hundred hundred hundred hundred hundred",
    ],
)
def test_what_is_no_number_in_words_is_refused(text):
    with pytest.raises(ValueError, match=r"written in words|no word of a number"):
        from_number_words(text)


def test_pairs_are_lists_of_tokens():
    assert numeral_pairs([0, 45, 121]) == [
        (["zero"], ["零"]),
        (["forty", "five"], ["四", "十", "五"]),
        (
            ["one", "hundred", "twenty", "one"],
            ["一", "百", "二", "十", "一"],
        ),
    ]
    numbers = [*range(2000), LARGEST, 10**6]
    pairs = numeral_pairs(np.array(numbers))
    assert [from_number_words(" ".join(words)) for words, _ in pairs] == numbers
    assert ["".join(numeral) for _, numeral in pairs] == list(
        map(chinese_numeral, numbers)
    )
    assert len({word for words, _ in pairs for word in words}) == 32
    assert len({c for _, numeral in pairs for c in numeral}) == 15


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"largest": 50},
        {"digits": 3},
        {"mixture": "zeros"},
        {"exclude": range(50_000_000, 50_100_000)},
        {"largest": 60, "distinct": True},
    ],
)
def test_numerals_are_those_of_the_numbers_drawn(options):
    numbers = draw_numbers(50, rng=3, **options)
    assert make_numerals(50, rng=3, **options) == numeral_pairs(numbers)
    generator = np.random.default_rng(3)
    assert make_numerals(50, rng=generator, **options) == numeral_pairs(numbers)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: number_words(-1), ValueError, "number must be at least 0, got -1"),
        (lambda: number_words(1.0), TypeError, "number must be an int, got float"),
        (lambda: number_words(LARGEST + 1), ValueError, "at most 999999999999, got 1"),
        (lambda: chinese_numeral(-1), ValueError, "number must be at least 0, got -1"),
        (lambda: chinese_numeral("1"), TypeError, "number must be an int, got str"),
        (lambda: chinese_numeral(10**12), ValueError, "at most 999999999999, got 1"),
        (lambda: from_chinese_numeral(1), TypeError, "text must be a str, got int"),
        (lambda: from_number_words(["a"]), TypeError, "text must be a str, got list"),
        (
            lambda: from_number_words("one dozen"),
            ValueError,
            "'dozen' in 'one dozen' is no word of a number",
        ),
        (
            lambda: from_chinese_numeral("一打"),
            ValueError,
            "'打' in '一打' is no character of a number",
        ),
        (lambda: numeral_pairs([1, -2]), ValueError, "at least 0, got -2"),
    ],
)
def test_bad_input_is_named(act, error, message):
    with pytest.raises(error, match=message):
        act()
