"""Faults of pruning, distillation and low rank that no operator makes.

Mistakes after which everything still runs: a mask that is not applied, the wrong axis,
a scale that is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.compression import (
    test_distillation,
    test_head_pruning,
    test_lora,
    test_low_rank,
    test_mask_states,
    test_masks,
    test_multiply_adds,
    test_n_m_pruning,
    test_pruning,
    test_pruning_schedules,
    test_shrinking,
    test_sparse_storage,
    test_structured_pruning,
)
from tests.mutants.hunt import is_alarm
from tests.mutants.planting import Fault, planted


@dataclass(frozen=True)
class CompressionFault(Fault):
    """A fault, and the test that notices."""

    test: Callable[[], None]


def fault(where: str, what: str, edits: dict[str, str], test: Callable[[], None]):
    module, function = where.split(":")
    return CompressionFault(what, f"dlbook.compression.{module}", function, edits, test)


def example(test: Callable[..., None], **values: Any) -> Callable[[], None]:
    """Return one example of a test that hypothesis would draw many for."""
    return partial(test.hypothesis.inner_test, **values)


TORCHS_L1 = example(
    test_pruning.test_l1_is_torchs_also_in_turn, seed=0, amounts=[0.3, 2]
)
HEADS = example(test_head_pruning.test_heads_add_up, kind="packed", seed=0, heads={1})
LENET = example(
    test_shrinking.test_lenet_shrinks_and_computes_the_same,
    amounts=(0.5, 0.5, 0.3, 0.6),
    modern=True,
    permanent=False,
)
DISTILLATION = example(
    test_distillation.test_values_and_gradients_are_torchs,
    shape=(4, 3),
    seed=0,
    temperature=3,
    weight=0.3,
    soft="kl",
    reduction="mean",
    labelled=True,
)
FAULTS = [
    fault(
        "masks:_product",
        "the mask is not applied",
        {' * getattr(module, f"{name}_mask")': ""},
        lambda: test_masks.test_no_optimizer_revives_what_is_pruned("momentum"),
    ),
    fault(
        "masks:_product",
        "the mask is applied to the value and not to the gradient",
        {
            'getattr(module, f"{name}_orig") * getattr(module, f"{name}_mask")': (
                'getattr(module, f"{name}_orig") + Tensor(getattr(module, '
                'f"{name}_orig").data * (getattr(module, f"{name}_mask").data - 1))'
            )
        },
        test_masks.test_gradients_reach_kept_weights_alone_and_the_bias_fully,
    ),
    fault(
        "masks:custom_from_mask",
        "a second mask replaces the first",
        {'_mask").data *=': '_mask").data[...] ='},
        test_masks.test_masks_multiply_and_dtypes_follow,
    ),
    fault(
        "masks:custom_from_mask",
        "optimizers keep an old parameter",
        {'_orig", parameter)': '_orig", Parameter(parameter.data))'},
        test_masks.test_the_parameter_stays_the_same_object,
    ),
    fault(
        "masks:remove",
        "what was pruned comes back",
        {"    parameter.data *=": "    parameter.data * "},
        test_masks.test_two_parameters_of_one_layer,
    ),
    fault(
        "mask_states:rewind",
        "the masks go back, too",
        {"masks = {": "masks = {k: v for k, v in state_dict.items() if k in now} or {"},
        test_mask_states.test_rewinding_brings_back_the_values_and_keeps_the_masks,
    ),
    fault(
        "pruning:global_unstructured",
        "the largest are pruned",
        {"order[:number]": "order[::-1][:number]"},
        TORCHS_L1,
    ),
    fault(
        "pruning:global_unstructured",
        "a share of all weights, pruned or not",
        {"len(candidates))": "kept.size)"},
        example(
            test_pruning.test_global_is_torchs, seed=0, amounts=[0.3, 0.3], before=True
        ),
    ),
    fault(
        "pruning:_scores",
        "ranked with their signs",
        {"np.abs(values)": "values"},
        TORCHS_L1,
    ),
    fault(
        "pruning:number_to_prune",
        "halves rounded up",
        {"round(float(amount) * available)": "int(float(amount) * available + 0.5)"},
        test_pruning.test_an_int_is_a_number_and_a_float_a_share,
    ),
    fault(
        "structured_pruning:channel_norms",
        "the norm along the wrong axis",
        {"np.moveaxis(weight, axis, 0)": "np.moveaxis(weight, axis, -1)"},
        example(
            test_structured_pruning.test_ln_is_torchs_also_in_turn,
            seed=0,
            amounts=[0.4],
            n=1,
            axis=0,
        ),
    ),
    fault(
        "structured_pruning:prune_outputs",
        "the bias stays",
        {'places = [(module, "bias")]': "places = []"},
        test_structured_pruning.test_an_output_is_0_and_stays_constant_without_its_bias,
    ),
    fault(
        "n_m_pruning:n_m_mask",
        "the smallest are kept",
        {"-groups": "groups"},
        test_n_m_pruning.test_equal_to_torchs_blocks,
    ),
    fault(
        "n_m_pruning:n_m_mask",
        "neighbors M apart",
        {"last.reshape(-1, m)": "last.reshape(m, -1).T"},
        test_n_m_pruning.test_equal_to_torchs_blocks,
    ),
    fault(
        "head_pruning:prune_heads",
        "heads interleaved",
        {"np.tile(np.repeat(left, size), parts)": "np.tile(left, size * parts)"},
        HEADS,
    ),
    fault(
        "pruning_schedules:cubic_sparsity",
        "the cube upside down",
        {"left**3": "(1 - (1 - left) ** 3)"},
        test_pruning_schedules.test_the_cubic,
    ),
    fault(
        "pruning_schedules:prune_to",
        "a share of what is left, each time",
        {" - (size - kept)": ""},
        example(
            test_pruning_schedules.test_prune_to_counts_what_is_pruned_already,
            wanted=[0.3, 0.5],
            scope="layer",
        ),
    ),
    fault(
        "shrinking:_keep_inputs",
        "channels interleaved after flattening",
        {"np.repeat(alive, ": "np.tile(alive, "},
        LENET,
    ),
    fault(
        "shrinking:_always_zero",
        "a channel with a bias goes, too",
        {"if bias is not None": "if False"},
        test_shrinking.test_a_bias_alone_keeps_its_channel,
    ),
    fault(
        "shrinking:_always_zero",
        "the batch norm overlooked",
        {"norms[-1] if norms else layer": "layer"},
        test_shrinking.test_norms_that_keep_channels_alive,
    ),
    fault(
        "multiply_adds:_multiply_adds",
        "zeros counted once, not at every place",
        {"uses * int(np.count": "int(np.count"},
        test_multiply_adds.test_zeros_are_told_apart_masked_or_not,
    ),
    fault(
        "sparse_storage:RelativeMatrix.from_dense",
        "a filler covers one zero too few",
        {"reach = 2**bits ": "reach = 2**bits - 1 "},
        test_sparse_storage.test_relative_by_hand,
    ),
    fault(
        "low_rank:truncated_svd",
        "the smallest singular values",
        {"np.sqrt(sigma[:rank])": "np.sqrt(sigma[-rank:])"},
        test_low_rank.test_as_good_as_torchs,
    ),
    fault(
        "low_rank:rank_for_energy",
        "the sum of singular values for that of their squares",
        {"math.sqrt(1 - float(share))": "1 - float(share)"},
        test_low_rank.test_ranks_by_hand,
    ),
    fault(
        "low_rank:_by_space",
        "height and width exchanged",
        {"stride=(layer.stride[0], 1)": "stride=(1, layer.stride[0])"},
        lambda: test_low_rank.test_two_convolutions_of_full_rank_are_the_one(
            "options", "spatial"
        ),
    ),
    fault(
        "lora:LoRALinear.forward",
        "the factor missing",
        {"self.scale * ": ""},
        example(test_lora.test_the_formula, rank=2, alpha=16.0, seed=0),
    ),
    fault(
        "lora:LoRALinear.merge",
        "merging twice adds twice",
        {"if not self.merged": "if True"},
        test_lora.test_merged_it_is_one_product_and_unmerged_the_base_to_the_last_bit,
    ),
    fault(
        "lora:add_lora",
        "the base is trained, too",
        {"    model.requires_grad_(False)\n": ""},
        test_lora.test_nothing_but_the_additions_is_trained,
    ),
    fault(
        "distillation:_softened_divergence",
        "T^2 missing",
        {"t**2 * ": "", "t * (np.exp": "(1 / t) * (np.exp"},
        DISTILLATION,
    ),
    fault(
        "distillation:_softened_divergence",
        "T^2 missing in the gradient",
        {"t * (np.exp": "(1 / t) * (np.exp"},
        test_distillation.test_gradients_by_differences,
    ),
    fault(
        "distillation:_softened_divergence",
        "the teacher at T = 1",
        {"_log_softmax(v / t)": "_log_softmax(v)"},
        DISTILLATION,
    ),
    fault(
        "distillation:_softened_divergence",
        "the divergence the other way round",
        {"q * (log_q - log_p)": "np.exp(log_p) * (log_p - log_q)"},
        DISTILLATION,
    ),
    fault(
        "distillation:distillation_loss",
        "the labels softened, too",
        {"_hard_loss(z, ": "_hard_loss(z / t, "},
        DISTILLATION,
    ),
    fault(
        "distillation:bias_for_share",
        "the class counted as its own rival",
        {"np.delete(z, label, axis=1)": "z"},
        example(
            test_distillation.test_the_bias_gives_the_class_its_share,
            seed=0,
            share=0.2,
            label=1,
            before=5,
        ),
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_fault_is_noticed(fault):
    fault.test()
    with planted(fault):
        assert is_alarm(fault.test)
    fault.test()
