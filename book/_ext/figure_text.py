"""Measure and wrap the text of figures that are drawn without a browser."""

NARROW, WIDE = set("fijlrtI.,:;'|()[]!- "), set("mwMW@%&")


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return about how wide a text is in px; a little more rather than less.

    Letters of a system sans-serif are assumed; Chinese characters are one em wide.
    """
    ems = 0.0
    for letter in text:
        if ord(letter) >= 0x2E80:
            ems += 1.0
        elif letter in NARROW:
            ems += 0.34
        elif letter in WIDE:
            ems += 0.9
        elif letter.isupper():
            ems += 0.69
        else:
            ems += 0.57
    return ems * size * (1.06 if bold else 1.0)


def _pieces(text: str) -> list[str]:
    """Split where a line may end: after spaces, and around Chinese characters."""
    pieces = [""]
    for letter in text:
        if ord(letter) >= 0x2E80:
            pieces += [letter, ""]
        elif letter == " ":
            pieces[-1] += letter
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece for piece in pieces if piece]


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Break a text into lines at most `width` px wide; a longer word stays whole."""
    lines = [""]
    for piece in _pieces(text):
        longer = lines[-1] + piece
        if lines[-1] and text_width(longer.rstrip(), size, bold) > width:
            lines.append(piece)
        else:
            lines[-1] = longer
    return [line.strip() for line in lines if line.strip()]
