"""Where speech is heard: Silero VAD (v6, ONNX, MIT), read with onnxruntime.

The network hears windows of 32 ms, each with the 4 ms before it as context, and carries an LSTM
state along the clip; a whole clip goes through in one call. A span of speech opens at a probability
of 0.5, closes below 0.35 (hysteresis, so that one unsure window does not cut a word), survives gaps
under 0.1 s, and is dropped when it is shorter than 0.25 s: Silero's own defaults.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.errors import MissingExtra

MODEL_FILE = "silero_vad_v6.onnx"
WINDOW_SAMPLES = 512  # 32 ms, what the network was trained on
CONTEXT_SAMPLES = 64
STATE_SHAPE = (1, 1, 128)  # of the LSTM: layers, batch, width
CALL_WINDOWS = 4096  # about two minutes; the state carries over
OPEN_PROBABILITY = 0.5
CLOSE_PROBABILITY = 0.35
MIN_SILENCE_S = 0.1
MIN_SPEECH_S = 0.25

Span = tuple[float, float]


@lru_cache(maxsize=1)
def _session() -> Any:
    """The network, loaded once. Raises MissingExtra without onnxruntime."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra(
            "voice detection needs onnxruntime; pip install 'echoic[local]'"
        ) from error
    from echoic.models.store import path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the windows are tiny: threads cost more than they save
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(path("silero-vad") / MODEL_FILE), options, providers=["CPUExecutionProvider"]
    )


def speech_probabilities(samples: Samples) -> npt.NDArray[np.float32]:
    """(windows,) probability of speech in each 32 ms window; the last one is padded with zeros.

    `samples`: (frames,) float32 at 16 kHz. Raises MissingExtra without onnxruntime.
    """
    windows = -(-len(samples) // WINDOW_SAMPLES)
    if windows == 0:
        return np.zeros(0, dtype=np.float32)
    padded = np.zeros(CONTEXT_SAMPLES + windows * WINDOW_SAMPLES, dtype=np.float32)
    padded[CONTEXT_SAMPLES : CONTEXT_SAMPLES + len(samples)] = samples
    view = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT_SAMPLES + WINDOW_SAMPLES)
    inputs = view[::WINDOW_SAMPLES]  # (windows, context + window)
    state = cell = np.zeros(STATE_SHAPE, dtype=np.float32)
    found: list[npt.NDArray[np.float32]] = []
    for start in range(0, windows, CALL_WINDOWS):
        batch = np.ascontiguousarray(inputs[start : start + CALL_WINDOWS])
        out, state, cell = _session().run(None, {"input": batch, "h": state, "c": cell})
        found.append(np.asarray(out, dtype=np.float32).reshape(-1))
    return np.concatenate(found)


def spans_of(probabilities: npt.NDArray[np.float32]) -> list[Span]:
    """(start, end) in windows of every stretch of speech, by the thresholds above."""
    gap = MIN_SILENCE_S * SAMPLE_RATE_HZ / WINDOW_SAMPLES
    shortest = MIN_SPEECH_S * SAMPLE_RATE_HZ / WINDOW_SAMPLES
    merged: list[Span] = []
    for start, end in _stretches(probabilities):
        if merged and start - merged[-1][1] < gap:
            start = merged.pop()[0]
        merged.append((start, end))
    return [(start, end) for start, end in merged if end - start >= shortest]


def _stretches(probabilities: npt.NDArray[np.float32]) -> Iterator[Span]:
    """Stretches that open at one threshold and close at the lower one."""
    opened: int | None = None
    for at, probability in enumerate(probabilities):
        if opened is None and probability >= OPEN_PROBABILITY:
            opened = at
        elif opened is not None and probability < CLOSE_PROBABILITY:
            yield opened, at
            opened = None
    if opened is not None:
        yield opened, len(probabilities)


def speech_spans(samples: Samples) -> list[Span]:
    """(start, end) in seconds of every stretch of speech in a clip, in order.

    `samples`: (frames,) float32 at 16 kHz. Raises MissingExtra without onnxruntime.
    """
    window_s, duration_s = WINDOW_SAMPLES / SAMPLE_RATE_HZ, len(samples) / SAMPLE_RATE_HZ
    return [
        (start * window_s, min(end * window_s, duration_s))
        for start, end in spans_of(speech_probabilities(samples))
    ]


def speech_ratio(samples: Samples) -> float:
    """Share of the clip, from 0 to 1, in which somebody speaks."""
    if not len(samples):
        return 0.0
    spoken_s = sum(end - start for start, end in speech_spans(samples))
    return spoken_s * SAMPLE_RATE_HZ / len(samples)
