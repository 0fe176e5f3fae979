"""Which number format a processor is fast in."""

from echoic.models.needs import need

FAST = "auto"


def fast_dtype(wanted: str = FAST) -> str:
    """`wanted`, but "float32" in place of "auto" or "bfloat16" on a CPU that emulates bfloat16.

    Without AVX-512 BF16 or AMX a matrix product in bfloat16 takes about eight times as
    long as in float32 (measured on a Zen 3). Elsewhere "auto" is "bfloat16". What was used stands
    in every result.
    """
    if wanted not in (FAST, "bfloat16"):
        return wanted
    torch = need("torch")
    if torch.cuda.is_available():
        return "bfloat16"
    return "bfloat16" if _cpu_has_bfloat16() else "float32"


def _cpu_has_bfloat16() -> bool:
    cpu = need("torch").cpu
    return any(
        probe()
        for probe in (
            getattr(cpu, "_is_avx512_bf16_supported", bool),
            getattr(cpu, "_is_amx_tile_supported", bool),
        )
    )
