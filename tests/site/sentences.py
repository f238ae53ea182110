"""Read the sentences below interactive figures."""

import re

NUMBER = r"(−?\d+\.\d+)"


def numbers(text):
    """Return the numbers with decimals in a sentence."""
    return [float(n.replace("−", "-")) for n in re.findall(NUMBER, text)]
