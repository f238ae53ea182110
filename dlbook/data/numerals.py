"""Numbers in English words and in Chinese characters: text to be translated.

English cuts the digits of a number into groups of three (thousand, million, billion),
Chinese into groups of four (万, ten thousand, and 亿, ten thousand 万). 12,345,678 is
"twelve million three hundred forty-five thousand six hundred seventy-eight", and
一千二百三十四万五千六百七十八. To translate, a model has to group anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from dlbook.data.counts import require_count
from dlbook.data.number_mixtures import LARGEST, draw_numbers

__all__ = [
    "chinese_numeral",
    "from_chinese_numeral",
    "from_number_words",
    "make_numerals",
    "number_words",
    "numeral_pairs",
]

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
THOUSANDS = ("", "thousand", "million", "billion")
DIGITS = "零一二三四五六七八九"
UNITS = ("", "十", "百", "千")  # of the digits in a group
GROUPS = ("", "万", "亿")


def number_words(number: int) -> str:
    """Write a number in English words, the American way: without "and".

    Parameters
    ----------
    number : int, 0 to 999,999,999,999

    Returns
    -------
    str
        In lower case; tens and ones are joined by a hyphen.

    Raises
    ------
    TypeError
        If it is no int.
    ValueError
        If it is out of range.

    Examples
    --------
    >>> number_words(100_045)
    'one hundred thousand forty-five'
    """
    number = require_count("number", number, 0, LARGEST)
    if number == 0:
        return ONES[0]
    words = []
    for place in reversed(range(len(THOUSANDS))):
        group = number // 1000**place % 1000
        if group:
            words += [*_words_below_thousand(group), THOUSANDS[place]]
    return " ".join(filter(None, words))


def _words_below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [ONES[hundreds], "hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        words.append(TENS[tens - 2] + ("-" + ONES[ones] if ones else ""))
    elif rest:
        words.append(ONES[rest])
    return words


def from_number_words(text: str) -> int:
    """Return the number that `number_words` wrote.

    Parameters
    ----------
    text : str
        Exactly as `number_words` writes it; only the hyphens may be spaces, as in the
        words of `make_numerals`, joined.

    Raises
    ------
    TypeError
        If it is no str.
    ValueError
        If it is no number, or not written that way.

    Examples
    --------
    >>> from_number_words("one hundred thousand forty-five")
    100045
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, got {type(text).__name__}")
    total = group = 0
    for word in text.replace("-", " ").split(" "):
        if word in ONES:
            group += ONES.index(word)
        elif word in TENS:
            group += 10 * TENS.index(word) + 20
        elif word == "hundred":
            group *= 100
        elif word and word in THOUSANDS:
            total += group * 1000 ** THOUSANDS.index(word)
            group = 0
        else:
            raise ValueError(f"{word!r} in {text!r} is no word of a number")
    number = total + group
    if number <= LARGEST:
        expected = number_words(number)
        if text in (expected, expected.replace("-", " ")):
            return number
    raise ValueError(f"{text!r} is not how a number is written in words")


def chinese_numeral(number: int) -> str:
    """Write a number in Chinese characters.

    The digits are grouped by four. In a group each digit but 0 is written with its
    unit (千, 百, 十, none), and behind the group stands its own: 亿, 万, or none.

    - 零 stands for a zero, or for a whole run of zeros, between other digits:
      1,001 is 一千零一.
    - Zeros at the end of a group are not written, nor are those at the end of the
      number: 1,010 is 一千零一十, 203,000 is 二十万三千. A run of zeros that goes on
      into the next group is written by one 零: 200,300 is 二十万零三百, and so is a
      group of zeros: 100,003,000 is 一亿零三千.
    - At the beginning of a number 一十 is shortened to 十: 12 is 十二, and 120,000 is
      十二万, but 112 is 一百一十二.
    - 2 is 二 everywhere, and never 两.

    Parameters
    ----------
    number : int, 0 to 999,999,999,999

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If it is no int.
    ValueError
        If it is out of range.

    Notes
    -----
    There are several ways to write a number. This is the rule of Chinese primary
    schools: zeros at the end of a group are not read; elsewhere one zero, or several
    in a row, are read as one 零. In speech, 两 is more common than 二 before 千, 万 and
    亿; it is left out, so that every digit has one character.

    References
    ----------
    Mathematics, grade 4, volume 1, chapter 1 on large numbers, People's Education
    Press, Beijing (人民教育出版社, 数学, 四年级上册, 大数的认识).

    Examples
    --------
    >>> chinese_numeral(12_345_678)
    '一千二百三十四万五千六百七十八'
    """
    number = require_count("number", number, 0, LARGEST)
    if number == 0:
        return DIGITS[0]
    text = ""
    for place in reversed(range(len(GROUPS))):
        before, group = divmod(number // 10_000**place, 10_000)
        if group:
            if text and (before % 10_000 == 0 or group < 1000):
                text += DIGITS[0]
            text += _characters_of_group(group) + GROUPS[place]
    return text[1:] if text.startswith("一十") else text


def _characters_of_group(group: int) -> str:
    text = ""
    for place in reversed(range(len(UNITS))):
        before, digit = divmod(group // 10**place, 10)
        if digit:
            if text and before % 10 == 0:
                text += DIGITS[0]
            text += DIGITS[digit] + UNITS[place]
    return text


def from_chinese_numeral(text: str) -> int:
    """Return the number that `chinese_numeral` wrote.

    Parameters
    ----------
    text : str
        Exactly as `chinese_numeral` writes it.

    Raises
    ------
    TypeError
        If it is no str.
    ValueError
        If it is no number, or written in another way.

    Examples
    --------
    >>> from_chinese_numeral("一亿零三千")
    100003000
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, got {type(text).__name__}")
    total = group = digit = 0
    for character in text:
        if character in DIGITS:
            digit = DIGITS.index(character)
        elif character in UNITS:
            group += (digit or 1) * 10 ** UNITS.index(character)  # 十 alone is 10
            digit = 0
        elif character in GROUPS:
            total += (group + digit) * 10_000 ** GROUPS.index(character)
            group = digit = 0
        else:
            raise ValueError(f"{character!r} in {text!r} is no character of a number")
    number = total + group + digit
    if number <= LARGEST and text == chinese_numeral(number):
        return number
    raise ValueError(f"{text!r} is not how a number is written in characters")


def make_numerals(
    samples: int,
    *,
    largest: int = 99_999_999,
    digits: int | Iterable[int] | None = None,
    mixture: str | Mapping[str, float] = "uniform",
    exclude: Iterable[int] = (),
    distinct: bool = False,
    rng: np.random.Generator | int,
) -> list[tuple[list[str], list[str]]]:
    """Draw numbers, in English words and in Chinese characters.

    Parameters
    ----------
    samples, largest, digits, mixture, exclude, distinct, rng
        Those of `draw_numbers`, whose numbers these are: it alone is enough where the
        numbers are needed too, and `numeral_pairs` then writes them.

    Returns
    -------
    list of N (list of str, list of str)
        See `numeral_pairs`.

    Raises
    ------
    TypeError, ValueError
        As `draw_numbers` does.

    Examples
    --------
    >>> pairs = make_numerals(1000, mixture={"uniform": 1, "zeros": 1}, rng=0)
    >>> [(words, characters)] = make_numerals(1, largest=0, rng=0)
    >>> len(pairs), words, characters
    (1000, ['zero'], ['零'])
    """
    return numeral_pairs(
        draw_numbers(
            samples,
            largest=largest,
            digits=digits,
            mixture=mixture,
            exclude=exclude,
            distinct=distinct,
            rng=rng,
        )
    )


def numeral_pairs(numbers: Iterable[int]) -> list[tuple[list[str], list[str]]]:
    """Write numbers in both languages, as lists of tokens.

    Parameters
    ----------
    numbers : iterable of int, 0 to 999,999,999,999

    Returns
    -------
    list of (list of str, list of str)
        English words, "forty-five" being two, out of 32 different ones; and Chinese
        characters, out of 15.

    Raises
    ------
    TypeError
        If a number is no int.
    ValueError
        If it is out of range.

    Examples
    --------
    >>> numeral_pairs([45])
    [(['forty', 'five'], ['四', '十', '五'])]
    """
    return [
        (number_words(n).replace("-", " ").split(" "), list(chinese_numeral(n)))
        for n in numbers
    ]
