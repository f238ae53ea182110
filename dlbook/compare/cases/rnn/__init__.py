"""Cases of the part "rnn", one module a page."""

from dlbook.compare.cases.rnn import gates, language_model, recurrent, sequence_tasks

CASES = (
    *recurrent.CASES,
    *gates.CASES,
    *sequence_tasks.CASES,
    *language_model.CASES,
)
