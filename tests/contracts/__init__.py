"""The contract rows: what dlbook offers, case by case, as data.

Every public function, `Tensor` method, layer, optimizer and scheduler has rows here;
the tests, the mutants and the parity page of the book all read them. To add a function,
add one `Row` (or `LayerRow`, `OptimizerRow`, `SchedulerRow`) to the module of its
family; the completeness tests say what is still missing: a name without a row, or a
keyword that no row sets.
"""

from tests.contracts.row import Row

__all__ = [
    "Row",
    "function_rows",
    "layer_rows",
    "optimizer_rows",
    "rows",
    "scheduler_rows",
]


def function_rows(family: str | None = None) -> list[Row]:
    """Return the rows of "Tensor", "autograd" or "functional", or all of them."""
    from tests.contracts import functional, tensor

    every = [*tensor.ROWS, *functional.ROWS]
    return [row for row in every if family is None or row.family == family]


def layer_rows() -> list:
    """Return the rows of `dlbook.nn`."""
    from tests.contracts import (
        attention_layers,
        convolution_layers,
        embedding_dropout_flatten,
        layers,
        loss_layers,
        normalization_layers,
        pooling_layers,
        recurrent_layers,
        spatial_layers,
        transformer_layers,
    )

    return [
        *layers.ROWS,
        *loss_layers.ROWS,
        *embedding_dropout_flatten.ROWS,
        *normalization_layers.ROWS,
        *pooling_layers.ROWS,
        *convolution_layers.ROWS,
        *spatial_layers.ROWS,
        *recurrent_layers.ROWS,
        *attention_layers.ROWS,
        *transformer_layers.ROWS,
    ]


def optimizer_rows() -> list:
    """Return the rows of `dlbook.optim`."""
    from tests.contracts import adaptive_optimizers, optimizers

    return [*optimizers.ROWS, *adaptive_optimizers.ROWS]


def scheduler_rows() -> list:
    """Return the rows of `dlbook.optim.lr_scheduler`."""
    from tests.contracts import composed_schedulers, schedulers

    return [*schedulers.ROWS, *composed_schedulers.ROWS]


def rows() -> list[dict]:
    """Return one plain record for each public name that has rows, for tables.

    Needs torch, as importing the rows does.

    Returns
    -------
    list of dict
        family : "Tensor", "autograd", "functional", "nn", "optim" or "lr_scheduler".
        name : the name within the family, such as "sum" or "__add__".
        torch : torch's name for it.
        cases : what is compared, one phrase a row.
        keywords : the keywords that some row sets to another value than the default.
        rtol, rtol32 : for each case, the largest relative difference allowed in
            float64 and float32; conversions between dtypes are left out.
    """
    records: dict[tuple[str, str], dict] = {}
    every = (*function_rows(), *layer_rows(), *optimizer_rows(), *scheduler_rows())
    for row in every:
        family, _, name = row.name.partition(".")
        record = records.setdefault(
            (family, name),
            {
                "family": family,
                "name": name,
                "torch": row.torch_name,
                "cases": [],
                "keywords": [],
                "rtol": [],
                "rtol32": [],
            },
        )
        record["cases"].append(row.case)
        record["keywords"] += [k for k in row.keywords if k not in record["keywords"]]
        if "dtype" in row.case:
            continue  # mixed precisions: as exact as the lower one
        record["rtol"].append(row.rtol)
        record["rtol32"].append(row.rtol32)
    return list(records.values())
