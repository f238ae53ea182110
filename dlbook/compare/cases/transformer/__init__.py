"""Cases of the part "transformer", one module a page."""

from dlbook.compare.cases.transformer import (
    attention,
    encoder_decoder,
    gpt,
    multi_head,
)

CASES = (
    *attention.CASES,
    *multi_head.CASES,
    *encoder_decoder.CASES,
    *gpt.CASES,
)
