"""Smaller models: pruned, in fewer bits, of lower rank, taught by a larger one."""

from dlbook.compression.bfloat16 import from_bfloat16, to_bfloat16
from dlbook.compression.distillation import bias_for_share, distillation_loss, soften
from dlbook.compression.float_formats import (
    BFLOAT16,
    FLOAT8_E4M3,
    FLOAT8_E5M2,
    FLOAT16,
    FLOAT32,
    TFLOAT32,
    FloatFormat,
    round_to_format,
)
from dlbook.compression.float_patterns import from_patterns, to_patterns
from dlbook.compression.head_pruning import head_norms, prune_heads
from dlbook.compression.huffman import huffman_code, huffman_decode, huffman_encode
from dlbook.compression.lora import (
    LoRALinear,
    add_lora,
    lora_state_dict,
    merge_lora,
)
from dlbook.compression.loss_scaling import GradScaler, LossScaler
from dlbook.compression.low_rank import (
    break_even_rank,
    factorize_conv2d,
    factorize_linear,
    rank_for_energy,
    rank_for_error,
    truncated_svd,
)
from dlbook.compression.mask_states import expect_masks, rewind, shuffle_masks
from dlbook.compression.masks import (
    custom_from_mask,
    effective,
    identity,
    is_pruned,
    mask_of,
    masked_parameters,
    remove,
)
from dlbook.compression.mixed_precision import (
    MixedStep,
    mixed_precision,
    mixed_precision_step,
    round_tensor,
    round_weights_,
    rounded_results,
)
from dlbook.compression.multiply_adds import ProductCost, count_multiply_adds
from dlbook.compression.n_m_pruning import n_m_mask, n_m_structured
from dlbook.compression.pruning import (
    global_unstructured,
    l1_unstructured,
    random_unstructured,
)
from dlbook.compression.pruning_schedules import (
    GradualPruning,
    cubic_sparsity,
    prune_iteratively,
    prune_to,
    sparsities_in_rounds,
)
from dlbook.compression.replacing import replace_module
from dlbook.compression.shrinking import shrink
from dlbook.compression.sparse_storage import (
    BitmaskMatrix,
    CSRMatrix,
    RelativeMatrix,
)
from dlbook.compression.structured_pruning import (
    channel_norms,
    ln_structured,
    prune_outputs,
    pruned_channels,
    random_structured,
)
from dlbook.compression.underflow import (
    gradient_magnitudes,
    intermediate_gradients,
    underflow_share,
)
from dlbook.compression.weight_counts import (
    WeightCount,
    count_weights,
    prunable,
    sparsity,
)

__all__ = [
    "BFLOAT16",
    "FLOAT8_E4M3",
    "FLOAT8_E5M2",
    "FLOAT16",
    "FLOAT32",
    "TFLOAT32",
    "BitmaskMatrix",
    "CSRMatrix",
    "FloatFormat",
    "GradScaler",
    "GradualPruning",
    "LoRALinear",
    "LossScaler",
    "MixedStep",
    "ProductCost",
    "RelativeMatrix",
    "WeightCount",
    "add_lora",
    "bias_for_share",
    "break_even_rank",
    "channel_norms",
    "count_multiply_adds",
    "count_weights",
    "cubic_sparsity",
    "custom_from_mask",
    "distillation_loss",
    "effective",
    "expect_masks",
    "factorize_conv2d",
    "factorize_linear",
    "from_bfloat16",
    "from_patterns",
    "global_unstructured",
    "gradient_magnitudes",
    "head_norms",
    "huffman_code",
    "huffman_decode",
    "huffman_encode",
    "identity",
    "intermediate_gradients",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "lora_state_dict",
    "mask_of",
    "masked_parameters",
    "merge_lora",
    "mixed_precision",
    "mixed_precision_step",
    "n_m_mask",
    "n_m_structured",
    "prunable",
    "prune_heads",
    "prune_iteratively",
    "prune_outputs",
    "prune_to",
    "pruned_channels",
    "random_structured",
    "random_unstructured",
    "rank_for_energy",
    "rank_for_error",
    "remove",
    "replace_module",
    "rewind",
    "round_tensor",
    "round_to_format",
    "round_weights_",
    "rounded_results",
    "shrink",
    "shuffle_masks",
    "soften",
    "sparsities_in_rounds",
    "sparsity",
    "to_bfloat16",
    "to_patterns",
    "truncated_svd",
    "underflow_share",
]
