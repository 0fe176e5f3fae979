"""Levels, fades, mixing and recording conditions of mono signals at 16 kHz.

Levels are dB relative to full scale (dBFS) of the active RMS: the RMS over the 25 ms windows that
lie within 30 dB of the loudest one, so that silence around a sound does not count.
"""

import numpy as np
import numpy.typing as npt
import soxr
from scipy import signal

from echoic.clip import SAMPLE_RATE_HZ, Samples

WINDOW_SAMPLES = SAMPLE_RATE_HZ // 40  # 25 ms
ACTIVE_RANGE_DB = 30.0
KNEE = 0.7  # amplitudes beyond are bent so that none reaches full scale

Floats = npt.NDArray[np.float64]


def frames(seconds: float) -> int:
    """Seconds as a whole number of samples."""
    return round(seconds * SAMPLE_RATE_HZ)


def resampled(samples: Samples, rate_hz: float) -> Samples:
    """`samples` (frames,) at `rate_hz`, converted to 16 kHz."""
    return np.asarray(soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ), dtype=np.float32)


def window_rms(samples: Samples) -> Floats:
    """RMS of every whole 25 ms window (at least one: short signals are padded with zeros)."""
    count = max(1, len(samples) // WINDOW_SAMPLES)
    padded = fitted(samples, count * WINDOW_SAMPLES).astype(np.float64)
    return np.asarray(np.sqrt((padded.reshape(count, WINDOW_SAMPLES) ** 2).mean(axis=1)))


def active_rms(samples: Samples) -> float:
    """RMS over the windows within 30 dB of the loudest; 0 for digital silence."""
    rms = window_rms(samples)
    loud = rms[rms >= rms.max() * 10 ** (-ACTIVE_RANGE_DB / 20)]
    return float(np.sqrt((loud**2).mean()))


def active_dbfs(samples: Samples) -> float:
    """`active_rms` in dBFS; -inf for digital silence."""
    return float(20 * np.log10(active_rms(samples))) if active_rms(samples) > 0 else -np.inf


def at_level(samples: Samples, dbfs: float) -> Samples:
    """`samples` scaled to an active RMS of `dbfs`. Digital silence is a bug and fails."""
    rms = active_rms(samples)
    assert rms > 0, "a silent signal has no level"
    return (samples * (10 ** (dbfs / 20) / rms)).astype(np.float32)


def limited(samples: Samples) -> Samples:
    """Amplitudes beyond the knee bent smoothly below 1, the rest untouched."""
    size = np.abs(samples)
    room = 0.99 - KNEE
    bent = KNEE + room * np.tanh((size - KNEE) / room)
    return np.where(size > KNEE, np.sign(samples) * bent, samples).astype(np.float32)


def faded(samples: Samples, seconds: float = 0.01) -> Samples:
    """Short linear ramps at both ends, against clicks."""
    count = min(frames(seconds), len(samples) // 2)
    out = samples.copy()
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    out[:count] *= ramp
    out[len(out) - count :] *= ramp[::-1]
    return out


def fitted(samples: Samples, count: int) -> Samples:
    """Cut, or padded with zeros at the end, to (count,)."""
    out = np.zeros(count, dtype=np.float32)
    out[: min(count, len(samples))] = samples[:count]
    return out


def trimmed(samples: Samples) -> Samples:
    """Without the silence (50 dB under the loudest window) at both ends."""
    rms = window_rms(samples)
    active = np.flatnonzero(rms > rms.max() * 10 ** (-50 / 20))
    return samples[active[0] * WINDOW_SAMPLES : (active[-1] + 1) * WINDOW_SAMPLES]


def mixed(front: Samples, back: Samples, snr_db: float) -> Samples:
    """`front` over `back` (same length), whose active levels differ by exactly `snr_db`."""
    return (at_level(front, snr_db) + at_level(back, 0.0)).astype(np.float32)


def bandlimited(samples: Samples, low_hz: float | None, high_hz: float | None) -> Samples:
    """Butterworth filtered (4th order); None leaves that side open."""
    if low_hz and high_hz:
        kind, edge = "bandpass", [low_hz, high_hz]
    elif low_hz:
        kind, edge = "highpass", [low_hz]
    else:
        assert high_hz
        kind, edge = "lowpass", [high_hz]
    cut = edge[0] if len(edge) == 1 else edge
    sos = signal.butter(4, cut, btype=kind, fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(signal.sosfilt(sos, samples), dtype=np.float32)


def echoed(samples: Samples, delay_s: float = 0.22, decay: float = 0.55) -> Samples:
    """Three repeats after `delay_s` each, every one `decay` times the one before."""
    out = samples.astype(np.float64)
    for repeat in range(1, 4):
        shift = frames(delay_s * repeat)
        if shift < len(samples):
            out[shift:] += decay**repeat * samples[: len(samples) - shift]
    return out.astype(np.float32)


def recorded(samples: Samples, recording: str) -> Samples:
    """`samples` as heard through one of the recording conditions of `vocabulary.RECORDINGS`."""
    if recording == "over the telephone":
        return bandlimited(samples, 500.0, 2200.0)
    if recording == "muffled":
        return bandlimited(samples, None, 700.0)
    if recording == "with an echo":
        return echoed(samples)
    assert recording == "clear", recording
    return samples


def shaped(samples: Samples, course: str, range_db: float = 30.0) -> Samples:
    """`samples` with the course of loudness named in `vocabulary.DYNAMICS`."""
    t = np.linspace(0.0, 1.0, len(samples))
    gain_db = {
        "steady": np.zeros_like(t),
        "getting louder": (t - 1) * range_db,
        "getting softer": -t * range_db,
        "swelling and fading": -np.abs(2 * t - 1) * range_db,
    }[course]
    return (samples * 10 ** (gain_db / 20)).astype(np.float32)
