"""Coding & Compression: data rates, file sizes, compression ratios, transmission."""

from typing import Any

from echoic.curation.computed.base import Rng, pick
from echoic.curation.computed.numeric import Unit, numeric

CODING = "Coding & Compression"
RATES_HZ = (8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000)
BIT_RATES_KBPS = (32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
CHANNELS = {"mono": 1, "stereo": 2, "six-channel": 6}


def _pcm(rng: Rng) -> dict[str, Any]:
    return {
        "rate": pick(rng, RATES_HZ),
        "bits": pick(rng, (8, 16, 24, 32)),
        "layout": pick(rng, tuple(CHANNELS)),
        "minutes": int(rng.integers(1, 13)),
    }


GENERATORS = (
    numeric(
        "coding-pcm-rate",
        CODING,
        (
            "What is the bit rate of uncompressed {layout} PCM at {rate} Hz and {bits} bits per "
            "sample?",
            "Linear PCM, {layout}, {bits} bits, {rate} Hz: which data rate does it need?",
        ),
        given=_pcm,
        solve=lambda g: g["rate"] * g["bits"] * CHANNELS[g["layout"]] / 1000,
        show=Unit("kbit/s"),
        formula="{rate} * {bits} * channels of {layout} / 1000",
        mistakes={
            "one channel": lambda g: g["rate"] * g["bits"] / 1000,
            "bytes for bits": lambda g: g["rate"] * g["bits"] * CHANNELS[g["layout"]] / 8000,
            "two channels": lambda g: g["rate"] * g["bits"] * 2 / 1000,
            "four channels": lambda g: g["rate"] * g["bits"] * 4 / 1000,
            "Nyquist frequency for rate": lambda g: (
                g["rate"] * g["bits"] * CHANNELS[g["layout"]] / 2000
            ),
        },
    ),
    numeric(
        "coding-pcm-size",
        CODING,
        (
            "How much space does uncompressed {layout} audio of {minutes} min at {rate} Hz and "
            "{bits} bits take (1 MB = 1,000,000 bytes)?",
            "A {layout} WAV file holds {minutes} min at {rate} Hz with {bits} bits per sample. How "
            "large is it, in megabytes of 1,000,000 bytes?",
        ),
        given=_pcm,
        solve=lambda g: g["rate"] * g["bits"] * CHANNELS[g["layout"]] * g["minutes"] * 60 / 8e6,
        show=Unit("MB", 1),
        formula="{rate} * {bits}/8 * channels of {layout} * 60 * {minutes} / 1,000,000",
        mistakes={
            "bits for bytes": lambda g: (
                g["rate"] * g["bits"] * CHANNELS[g["layout"]] * g["minutes"] * 60 / 1e6
            ),
            "one channel": lambda g: g["rate"] * g["bits"] * g["minutes"] * 60 / 8e6,
            "two channels": lambda g: g["rate"] * g["bits"] * g["minutes"] * 120 / 8e6,
            "a byte for each sample": lambda g: (
                g["rate"] * CHANNELS[g["layout"]] * g["minutes"] * 60 / 1e6
            ),
        },
        low=0.3,
    ),
    numeric(
        "coding-file-size",
        CODING,
        (
            "A podcast of {minutes} minutes is encoded at a constant {kbps} kbit/s. How large is "
            "the file (1 MB = 1,000,000 bytes)?",
            "How many megabytes (of 1,000,000 bytes) do {minutes} minutes at {kbps} kbit/s take?",
        ),
        given=lambda rng: {
            "minutes": int(rng.integers(3, 76)),
            "kbps": pick(rng, BIT_RATES_KBPS),
        },
        solve=lambda g: g["minutes"] * 60 * g["kbps"] / 8000,
        show=Unit("MB", 1),
        formula="{minutes} * 60 * {kbps} / 8 / 1000",
        mistakes={
            "bits for bytes": lambda g: g["minutes"] * 60 * g["kbps"] / 1000,
            "10 bits to a byte": lambda g: g["minutes"] * 60 * g["kbps"] / 10_000,
            "two channels added": lambda g: g["minutes"] * 120 * g["kbps"] / 8000,
            "minutes of 100 s": lambda g: g["minutes"] * 100 * g["kbps"] / 8000,
        },
    ),
    numeric(
        "coding-ratio",
        CODING,
        (
            "Stereo PCM at {rate} Hz and {bits} bits is coded at {kbps} kbit/s. What is the "
            "compression ratio?",
            "An encoder turns {bits}-bit stereo audio at {rate} Hz into a stream of {kbps} "
            "kbit/s. By which factor is the data reduced?",
        ),
        given=lambda rng: {
            "rate": pick(rng, (32_000, 44_100, 48_000, 96_000)),
            "bits": pick(rng, (16, 24)),
            "kbps": pick(rng, BIT_RATES_KBPS),
        },
        solve=lambda g: g["rate"] * g["bits"] * 2 / 1000 / g["kbps"],
        show=Unit(": 1", 1),
        formula="{rate} * {bits} * 2 / 1000 / {kbps}",
        mistakes={
            "one channel": lambda g: g["rate"] * g["bits"] / 1000 / g["kbps"],
            "both channels coded apart": lambda g: g["rate"] * g["bits"] * 4 / 1000 / g["kbps"],
            "bits per sample of 20": lambda g: g["rate"] * 40 / 1000 / g["kbps"],
        },
    ),
    numeric(
        "coding-duration",
        CODING,
        (
            "How many minutes of audio at {kbps} kbit/s fit into {size} MB (1 MB = 1,000,000 "
            "bytes)?",
            "{size} MB of storage (1 MB = 1,000,000 bytes) are left. How much audio at {kbps} "
            "kbit/s can be stored?",
        ),
        given=lambda rng: {
            "kbps": pick(rng, BIT_RATES_KBPS),
            "size": 10 * int(rng.integers(2, 60)),
        },
        solve=lambda g: g["size"] * 8000 / g["kbps"] / 60,
        show=Unit("minutes"),
        formula="{size} * 8000 / {kbps} / 60",
        mistakes={
            "bytes for bits": lambda g: g["size"] * 1000 / g["kbps"] / 60,
            "10 bits to a byte": lambda g: g["size"] * 10_000 / g["kbps"] / 60,
            "two streams": lambda g: g["size"] * 4000 / g["kbps"] / 60,
        },
        low=3,
    ),
    numeric(
        "coding-frame",
        CODING,
        (
            "An audio codec works on frames of {samples} samples at {rate} Hz. How long is one "
            "frame?",
            "What duration does a codec frame of {samples} samples have at a sampling rate of "
            "{rate} Hz?",
        ),
        given=lambda rng: {
            "samples": pick(rng, (120, 160, 240, 256, 320, 480, 512, 576, 960, 1024, 1152, 2048)),
            "rate": pick(rng, RATES_HZ),
        },
        solve=lambda g: 1000 * g["samples"] / g["rate"],
        show=Unit("ms", 1),
        formula="1000 * {samples} / {rate}",
        mistakes={
            "Nyquist frequency for rate": lambda g: 2000 * g["samples"] / g["rate"],
            "half a frame": lambda g: 500 * g["samples"] / g["rate"],
            "inverse": lambda g: g["rate"] / g["samples"],
        },
        low=1,
    ),
    numeric(
        "coding-frame-bytes",
        CODING,
        (
            "A speech codec runs at {kbps} kbit/s with frames of {ms} ms. How many bytes does one "
            "frame take?",
            "How many bytes of payload does each {ms} ms packet of a {kbps} kbit/s speech stream "
            "carry?",
        ),
        given=lambda rng: {
            "kbps": pick(rng, (6, 8, 12, 16, 20, 24, 32, 40, 48, 64)),
            "ms": pick(rng, (10, 20, 30, 40, 60)),
        },
        solve=lambda g: g["kbps"] * g["ms"] / 8,
        show=Unit("bytes"),
        formula="{kbps} * {ms} / 8",
        mistakes={
            "bits for bytes": lambda g: g["kbps"] * g["ms"],
            "10 bits to a byte": lambda g: g["kbps"] * g["ms"] / 10,
            "two bytes a sample": lambda g: g["kbps"] * g["ms"] / 16,
        },
    ),
)
