"""Which number format is chosen for a processor."""

import torch

from echoic.models.dtype import fast_dtype


def test_other_formats_than_bfloat16_are_taken_as_named() -> None:
    assert fast_dtype("float32") == "float32"
    assert fast_dtype("float16") == "float16"


def test_bfloat16_needs_a_processor_that_has_it() -> None:
    has = (
        torch.cuda.is_available()
        or torch.cpu._is_avx512_bf16_supported()
        or torch.cpu._is_amx_tile_supported()
    )
    assert fast_dtype() == fast_dtype("bfloat16") == ("bfloat16" if has else "float32")
