"""The contract rows as judges, and which functions each of them runs."""

import contextlib
import cProfile
import importlib
import inspect
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

import dlbook
from dlbook.autograd import Tensor
from tests.contracts import (
    function_rows,
    layer_rows,
    optimizer_rows,
    properties,
    scheduler_rows,
)
from tests.contracts import layer_properties as layers
from tests.contracts import optimizer_properties as optimizers
from tests.contracts import scheduler_properties as schedulers
from tests.contracts.bad_input import ROWS as BAD_INPUT
from tests.mutants.scalar_checks import SCALAR_CHECKS

FUNCTION_CONTRACTS = (
    properties.equals_torch_in_float64,
    properties.equals_torch_in_float32,
    properties.leaves_its_inputs_alone,
    properties.accepts_any_memory_layout,
    properties.records_nothing_that_is_not_wanted,
    properties.backward_runs_again_on_a_kept_graph,
)
LAYER_CONTRACTS = (
    layers.equals_torch_in_float64,
    layers.has_torchs_names_shapes_and_dtypes,
)
DISTRIBUTION = (layers.starts_from_torchs_distribution,)
TEST_MODULES = (
    "tests.test_arrays",
    "tests.autograd.test_backward",
    "tests.autograd.test_tensor",
    "tests.compression.test_bfloat16",
    "tests.compression.test_distillation",
    "tests.compression.test_float_formats",
    "tests.compression.test_float_patterns",
    "tests.compression.test_head_pruning",
    "tests.compression.test_huffman",
    "tests.compression.test_lora",
    "tests.compression.test_loss_scaling",
    "tests.compression.test_low_rank",
    "tests.compression.test_mask_states",
    "tests.compression.test_masks",
    "tests.compression.test_mixed_precision",
    "tests.compression.test_multiply_adds",
    "tests.compression.test_n_m_pruning",
    "tests.compression.test_pruning",
    "tests.compression.test_pruning_schedules",
    "tests.compression.test_replacing",
    "tests.compression.test_shrinking",
    "tests.compression.test_sparse_storage",
    "tests.compression.test_structured_pruning",
    "tests.compression.test_underflow",
    "tests.compression.test_weight_counts",
    "tests.compression.quantization.test_batch_norm_folding",
    "tests.compression.quantization.test_calibration",
    "tests.compression.quantization.test_conversion",
    "tests.compression.quantization.test_exchanging",
    "tests.compression.quantization.test_fake_quantize",
    "tests.compression.quantization.test_grid",
    "tests.compression.quantization.test_integer_products",
    "tests.compression.quantization.test_packing",
    "tests.compression.quantization.test_prepared_layers",
    "tests.compression.quantization.test_quantized_files",
    "tests.compression.quantization.test_quantized_functional",
    "tests.compression.quantization.test_quantized_layers",
    "tests.compression.quantization.test_quantized_weight",
    "tests.compression.quantization.test_scheme",
    "tests.data.augmentation.test_arguments",
    "tests.data.augmentation.test_audio",
    "tests.data.augmentation.test_color",
    "tests.data.augmentation.test_composition",
    "tests.data.augmentation.test_every_transform",
    "tests.data.augmentation.test_geometry",
    "tests.data.augmentation.test_images",
    "tests.data.augmentation.test_mixing",
    "tests.data.augmentation.test_text",
    "tests.data.test_adding",
    "tests.data.test_buckets",
    "tests.data.test_byte_pairs",
    "tests.data.test_counts",
    "tests.data.test_dataset",
    "tests.data.test_generated",
    "tests.data.test_gpt2_tokens",
    "tests.data.test_images",
    "tests.data.test_loader",
    "tests.data.test_look_ahead",
    "tests.data.test_mnist_1d",
    "tests.data.test_number_mixtures",
    "tests.data.test_numerals",
    "tests.data.test_preparation",
    "tests.data.test_repeats",
    "tests.data.test_sentiment",
    "tests.data.test_sequences",
    "tests.data.test_shapes",
    "tests.data.test_splits",
    "tests.data.test_text",
    "tests.data.test_tokenizer",
    "tests.data.test_tokenizer_arguments",
    "tests.data.test_word_pattern",
    "tests.functional.test_attention",
    "tests.functional.test_attention_blocks",
    "tests.functional.test_attention_heads",
    "tests.functional.test_batch_norm",
    "tests.functional.test_column_workspace",
    "tests.functional.test_conv_transpose",
    "tests.functional.test_convolution",
    "tests.functional.test_convolution_geometry",
    "tests.functional.test_dropout",
    "tests.functional.test_embedding",
    "tests.functional.test_group_norm",
    "tests.functional.test_instance_norm",
    "tests.functional.test_interpolation",
    "tests.functional.test_layer_norm",
    "tests.functional.test_normal",
    "tests.functional.test_adaptive_pooling",
    "tests.functional.test_average_pooling",
    "tests.functional.test_local_response_norm",
    "tests.functional.test_lp_pooling",
    "tests.functional.test_max_pooling",
    "tests.functional.test_max_pooling_pairs",
    "tests.functional.test_max_unpooling",
    "tests.functional.test_windows",
    "tests.functional.test_padding",
    "tests.functional.test_pixel_shuffle",
    "tests.functional.test_unfold",
    "tests.functional.test_every_recurrent",
    "tests.functional.test_rnn",
    "tests.functional.test_rotary",
    "tests.functional.test_gru",
    "tests.functional.test_lstm",
    "tests.functional.test_recurrent_arguments",
    "tests.functional.test_sequence_lengths",
    "tests.metrics.test_calibration",
    "tests.metrics.test_classification",
    "tests.metrics.test_language",
    "tests.metrics.test_ranking",
    "tests.metrics.test_regression",
    "tests.metrics.test_segmentation",
    "tests.models.test_mnist_1d",
    "tests.models.test_lenet",
    "tests.models.test_densenet",
    "tests.models.test_resnet",
    "tests.models.test_unet",
    "tests.models.test_alexnet",
    "tests.models.test_vgg",
    "tests.models.test_inception",
    "tests.models.test_outputs",
    "tests.models.test_published",
    "tests.models.test_ngram",
    "tests.models.test_decoding",
    "tests.models.test_char_rnn",
    "tests.models.test_beam_search",
    "tests.models.test_gpt",
    "tests.models.test_gpt_reading",
    "tests.models.test_gpt2_checkpoint",
    "tests.models.test_safetensors",
    "tests.models.test_translator",
    "tests.nn.test_attention",
    "tests.nn.test_batch_norm",
    "tests.nn.test_convolution",
    "tests.nn.test_dropout",
    "tests.nn.test_embedding",
    "tests.nn.test_flatten",
    "tests.nn.test_group_norm",
    "tests.nn.test_init",
    "tests.nn.test_instance_norm",
    "tests.nn.test_layer_norm",
    "tests.nn.test_adaptive_pooling",
    "tests.nn.test_local_response_norm",
    "tests.nn.test_pooling",
    "tests.nn.test_positional",
    "tests.nn.test_padding",
    "tests.nn.test_pixel_shuffle",
    "tests.nn.test_recurrent",
    "tests.nn.test_recurrent_cells",
    "tests.nn.test_transformer",
    "tests.nn.test_transformer_layers",
    "tests.nn.test_unfold",
    "tests.nn.test_upsample",
    "tests.optim.test_adadelta",
    "tests.optim.test_adagrad",
    "tests.optim.lr_scheduler.test_fractions_and_ends",
    "tests.optim.lr_scheduler.test_scheduler",
    "tests.optim.lr_scheduler.test_sequential",
    "tests.optim.test_adam",
    "tests.optim.test_averaging",
    "tests.optim.test_adamax",
    "tests.optim.test_clipping",
    "tests.optim.test_nadam",
    "tests.optim.test_optimizer",
    "tests.optim.test_options",
    "tests.optim.test_proximal",
    "tests.optim.test_radam",
    "tests.optim.test_rmsprop",
    "tests.optim.test_running_mean",
    "tests.optim.test_sgd",
    "tests.training.test_arguments",
    "tests.training.test_early_stopping",
    "tests.training.test_ensemble",
    "tests.training.test_evaluation",
    "tests.training.test_fit",
    "tests.training.test_forward_state",
    "tests.training.test_history",
    "tests.training.test_non_finite",
    "tests.training.test_range_test",
    "tests.training.test_resuming",
    "tests.training.test_temperature",
    "tests.training.test_scheduling",
)
FIXTURES = {
    "rng": lambda: np.random.default_rng(0),
    "x": lambda: Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True),
}
PACKAGE = Path(dlbook.__file__).parent
INSIDE = f"{PACKAGE}{os.sep}"
SHARED: Path | None = None  # where workers tell each other what is reached
PARTS = 40  # of that work
LONGEST_WAIT = 300.0  # seconds, for another worker's part
settings.register_profile(
    "judges",
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # one failure is enough: none smaller
    suppress_health_check=[HealthCheck.too_slow],  # the profiler slows the first draws
)


@dataclass
class Judge:
    """Checks that pass on the right code; on a mutant one of them should fail."""

    name: str
    checks: list[Callable[[], None]]
    reaches: set[tuple[str, str]] = field(default_factory=set)


def judges() -> list[Judge]:
    """Return all judges, with the functions that each reaches."""
    found = [Judge(check.__name__, [check]) for check in SCALAR_CHECKS]
    found += [Judge(str(row), [row.check]) for row in BAD_INPUT]
    for contracts, rows in (
        (FUNCTION_CONTRACTS, function_rows()),
        (LAYER_CONTRACTS, layer_rows()),
        (DISTRIBUTION, layers.with_weights_of_their_own(layer_rows())),
        (optimizers.CONTRACTS[:2], optimizer_rows()),
        (schedulers.CONTRACTS[:1], scheduler_rows()),
        *(((c,), one_a_name(optimizer_rows())) for c in optimizers.CONTRACTS[2:]),
        *(((c,), one_a_name(scheduler_rows())) for c in schedulers.CONTRACTS[1:]),
    ):
        found += [
            Judge(str(row), [partial(contract, row) for contract in contracts])
            for row in rows
        ]
    for name in TEST_MODULES:
        with few_examples():  # hypothesis keeps the settings of the import
            module = importlib.import_module(name)
        found += judges_of(module)
    for judge, reaches in zip(found, shared_traces(found), strict=True):
        judge.reaches = reaches
        if judge.name.startswith("tests.models."):  # layers have quicker judges
            models = {t for t in judge.reaches if t[0].startswith("dlbook.models.")}
            judge.reaches = models
    return found


def shared_traces(several: list[Judge]) -> list[set[tuple[str, str]]]:
    """Return what each judge reaches; the workers of a test run share the work."""
    if SHARED is None:
        return traces(several)
    parts = [several[start::PARTS] for start in range(PARTS)]
    files = [SHARED / f"{number}.pickle" for number in range(PARTS)]
    for part, file in zip(parts, files, strict=True):
        with contextlib.suppress(FileExistsError):  # another worker has begun it
            file.with_suffix(".begun").touch(exist_ok=False)
            write_traces(file, part)
    found: list[set[tuple[str, str]]] = [set()] * len(several)
    end = time.monotonic() + LONGEST_WAIT
    for start, (part, file) in enumerate(zip(parts, files, strict=True)):
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.2)
        if not file.exists():  # the other worker has failed
            write_traces(file, part)
        names, found[start::PARTS] = pickle.loads(file.read_bytes())
        assert names == [judge.name for judge in part], "the workers differ"
    return found


def write_traces(file: Path, part: list[Judge]) -> None:
    """Write what these judges reach, to a file that is there whole or not at all."""
    held = [judge.name for judge in part], traces(part)
    file.with_suffix(".part").write_bytes(pickle.dumps(held))
    file.with_suffix(".part").replace(file)


def traces(several: list[Judge]) -> list[set[tuple[str, str]]]:
    """Return what each judge's first check reaches."""
    found = []
    for judge in several:
        try:
            found.append(functions_run_by(judge.checks[0]))
        except (Exception, pytest.fail.Exception) as error:
            raise RuntimeError(f"{judge.name} fails on the right code") from error
    return found


def one_a_name(rows: list) -> list:
    """Return the last row of every name: enough for what no option changes."""
    return list({row.name: row for row in rows}.values())


def judges_of(module: ModuleType) -> Iterator[Judge]:
    """Turn a module's tests into judges: those that need no fixture but these."""
    for name, test in vars(module).items():
        marks = {mark.name: mark for mark in getattr(test, "pytestmark", [])}
        if not name.startswith("test_") or set(marks) - {"parametrize"}:
            continue
        cases = [{}]
        for mark in getattr(test, "pytestmark", []):
            names = (
                mark.args[0]
                if not isinstance(mark.args[0], str)
                else [part.strip() for part in mark.args[0].split(",")]
            )
            cases = [
                case | dict(zip(names, values, strict=True))
                for case in cases
                for values in unmarked(mark.args[1], len(names))
            ]
        fixtures = FIXTURES | fixtures_of(module)
        missing = set(inspect.signature(test).parameters) - set(cases[0])
        if missing <= {*fixtures, "tmp_path"}:
            for i, case in enumerate(cases):

                def check(test=test, case=case, missing=missing, fixtures=fixtures):
                    with few_examples(), contextlib.ExitStack() as stack:
                        given = {n: fixtures[n]() for n in missing - {"tmp_path"}}
                        if "tmp_path" in missing:
                            folder = tempfile.TemporaryDirectory(prefix="dlbook-")
                            given["tmp_path"] = Path(stack.enter_context(folder))
                        test(**case, **given)

                check.__qualname__ = f"{module.__name__}: {name} {i}"
                yield Judge(check.__qualname__, [check])


def unmarked(cases: Iterable, number: int) -> Iterator[tuple]:
    """Yield the values of each case of a parametrized test that has no mark."""
    for case in cases:
        if not isinstance(case, type(pytest.param())):
            yield tuple(case) if number > 1 else (case,)
        elif not case.marks:
            yield case.values


def fixtures_of(module: ModuleType) -> dict[str, Callable[[], object]]:
    """Return the module's own fixtures that are functions without arguments."""
    kind = type(pytest.fixture(lambda: None))
    return {
        name: value.__wrapped__
        for name, value in vars(module).items()
        if isinstance(value, kind)
        and not inspect.isgeneratorfunction(value.__wrapped__)
        and not inspect.signature(value.__wrapped__).parameters
    }


@contextlib.contextmanager
def few_examples() -> Iterator[None]:
    """Let hypothesis try ten examples, the same ones each time."""
    before = settings.get_current_profile_name()
    settings.load_profile("judges")
    try:
        yield
    finally:
        settings.load_profile(before)


def functions_run_by(check: Callable[[], None]) -> set[tuple[str, str]]:
    """Return (module, qualified name) of every function of dlbook that a check runs."""
    profile = cProfile.Profile(builtins=False)  # quicker than sys.setprofile
    with profile:
        check()
    codes = {entry.code for entry in profile.getstats()}
    return {
        (module_name(code.co_filename), code.co_qualname.partition(".<locals>")[0])
        for code in codes
        if code.co_filename.startswith(INSIDE)
    }


@cache
def module_name(filename: str) -> str:
    parts = Path(filename).relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts)
