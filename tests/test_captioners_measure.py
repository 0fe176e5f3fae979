"""Measurements of synthesized signals whose answers are known by hand."""

import numpy as np
import pytest

from echoic.captioners import loudness, words
from echoic.captioners.measure import Measurements, Pitch, measure
from echoic.captioners.pitch import pitch_track
from echoic.captioners.rhythm import rhythm_of
from echoic.captioners.spectrum import noisiness, power_frames, slope_db
from echoic.clip import SAMPLE_RATE_HZ, Samples

pytest.importorskip("pyloudnorm")


def seconds(duration_s: float) -> np.ndarray:
    return np.arange(int(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def sine(hz: float, duration_s: float = 2.0, amplitude: float = 0.3) -> Samples:
    return (amplitude * np.sin(2 * np.pi * hz * seconds(duration_s))).astype(np.float32)


def saw(hz: float, duration_s: float = 2.0) -> Samples:
    """All harmonics below 7.5 kHz, falling with their number."""
    time_s = seconds(duration_s)
    parts = [np.sin(2 * np.pi * hz * k * time_s + k) / k for k in range(1, 40) if k * hz < 7500]
    return (0.2 * np.sum(parts, axis=0)).astype(np.float32)


def glide(start_hz: float, end_hz: float, duration_s: float = 2.0) -> Samples:
    """A tone whose pitch moves evenly in semitones."""
    time_s = seconds(duration_s)
    hz = start_hz * (end_hz / start_hz) ** (time_s / duration_s)
    return (0.3 * np.sin(2 * np.pi * np.cumsum(hz) / SAMPLE_RATE_HZ)).astype(np.float32)


def noise(slope: float = 0.0, duration_s: float = 3.0, seed: int = 0) -> Samples:
    """Gaussian noise whose power changes by `slope` dB an octave."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(seconds(duration_s))))
    hz = np.maximum(np.fft.rfftfreq(len(seconds(duration_s)), 1 / SAMPLE_RATE_HZ), 20)
    shaped = np.fft.irfft(spectrum * hz ** (slope / (20 * np.log10(2))))
    return (0.5 * shaped / np.abs(shaped).max()).astype(np.float32)


def clicks(bpm: float, duration_s: float = 5.0) -> Samples:
    """5 ms pulses, the first at 0.1 s."""
    out = np.zeros(len(seconds(duration_s)), np.float32)
    for at in np.arange(0.1, duration_s - 0.1, 60 / bpm):
        out[int(at * SAMPLE_RATE_HZ) :][:80] = 0.5
    return out


def bursts(*spans: tuple[float, float, float, float], duration_s: float = 4.0) -> Samples:
    """Tones of (start s, end s, Hz, amplitude) with silence between them."""
    time_s, out = seconds(duration_s), np.zeros(len(seconds(duration_s)))
    for start, end, hz, amplitude in spans:
        inside = (time_s >= start) & (time_s < end)
        out[inside] = amplitude * np.sin(2 * np.pi * hz * time_s[inside])
    return out.astype(np.float32)


@pytest.mark.parametrize("hz", [60, 82.4, 110, 220, 440, 1000, 1760, 3520, 5000])
@pytest.mark.parametrize("wave", [sine, saw])
def test_the_pitch_of_a_tone_is_right_within_one_percent(wave: object, hz: float) -> None:
    pitch = measure(wave(hz)).pitch  # type: ignore[operator]
    assert pitch is not None
    assert pitch.hz == pytest.approx(hz, rel=0.01)
    assert pitch.share > 0.95
    assert pitch.course == "steady"


@pytest.mark.parametrize("slope", [0.0, -3.0, -6.0, 3.0])
def test_noise_has_no_pitch(slope: float) -> None:
    assert measure(noise(slope)).pitch is None


def test_a_missing_fundamental_is_found() -> None:
    # Harmonics 2, 3 and 4 of 200 Hz: the ear hears 200 Hz, no power lies there.
    hz, aperiodic = pitch_track((sine(400) + sine(600) + sine(800)).astype(np.float32))
    inner = slice(5, -5)
    assert np.median(hz[inner]) == pytest.approx(200, rel=0.01)
    assert np.median(aperiodic[inner]) < 0.05


def test_a_quiet_frame_is_not_asked_for_its_pitch() -> None:
    hz, aperiodic = pitch_track(bursts((0.0, 1.0, 300, 0.5), (1.0, 2.0, 500, 0.001)))
    assert hz[50] == pytest.approx(300, rel=0.01)
    assert (hz[150], aperiodic[150]) == (0.0, 1.0)  # 54 dB softer


@pytest.mark.parametrize(
    ("parts", "course"),
    [
        ([(200, 400)], "rising"),
        ([(400, 200)], "falling"),
        ([(200, 400), (400, 200)], "rising then falling"),
        ([(400, 200), (200, 400)], "falling then rising"),
        ([(300, 310)], "steady"),
    ],
)
def test_the_course_of_the_pitch(parts: list[tuple[float, float]], course: str) -> None:
    pitch = measure(np.concatenate([glide(*part) for part in parts])).pitch
    assert pitch is not None
    assert pitch.course == course


def test_a_rise_tells_where_it_starts_and_ends() -> None:
    # An octave up: the middle of the first third is 1/6 octave, that of the last 5/6 octave up.
    pitch = measure(glide(200, 400)).pitch
    assert pitch is not None
    assert pitch.start_hz == pytest.approx(200 * 2 ** (1 / 6), rel=0.01)
    assert pitch.end_hz == pytest.approx(200 * 2 ** (5 / 6), rel=0.01)


@pytest.mark.parametrize("lufs", [-23.0, -40.0])
def test_the_loudness_of_a_calibrated_sine(lufs: float) -> None:
    # BS.1770: a full-scale 997 Hz sine in one channel reads -3.01 LUFS.
    amplitude = 10 ** ((lufs + 3.01) / 20)
    assert loudness.loudness_lufs(sine(997, 3.0, amplitude)) == pytest.approx(lufs, abs=0.15)


@pytest.mark.parametrize("duration_s", [0.05, 0.2, 0.39, 0.4, 0.41])
def test_clips_around_the_standards_block_have_a_loudness(duration_s: float) -> None:
    amplitude = 10 ** ((-23 + 3.01) / 20)
    found = loudness.loudness_lufs(sine(997, duration_s, amplitude))
    assert found == pytest.approx(-23, abs=0.2)


def test_ten_times_the_amplitude_is_twenty_db_louder() -> None:
    soft, loud = (measure(sine(500, amplitude=a)).lufs for a in (0.03, 0.3))
    assert loud - soft == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize(
    ("gain_db", "course"),
    [
        ([0, 0], "steady"),
        ([-20, 0], "getting louder"),
        ([0, -20], "getting softer"),
        ([-20, 0, -20], "swelling, then fading"),
        ([0, -20, 0], "fading, then swelling"),
    ],
)
def test_the_course_of_the_loudness(gain_db: list[float], course: str) -> None:
    tone = sine(500, 3.0)
    gain = np.interp(np.linspace(0, 1, len(tone)), np.linspace(0, 1, len(gain_db)), gain_db)
    quiet = np.zeros(SAMPLE_RATE_HZ, np.float32)  # silence around it must not count
    samples = np.concatenate([quiet, tone * 10 ** (gain / 20), quiet]).astype(np.float32)
    assert measure(samples).course == course


@pytest.mark.parametrize("slope", [0.0, -3.0, -6.0, 3.0])
def test_noise_of_any_colour_is_noise_and_its_slope_is_told(slope: float) -> None:
    made = measure(noise(slope))
    assert made.noisiness > 0.9
    assert made.slope_db == pytest.approx(slope, abs=0.5)


def test_tones_are_not_noise() -> None:
    assert measure(sine(440)).noisiness < 0.01
    assert measure(saw(220)).noisiness < 0.05


def test_noisiness_does_not_depend_on_level() -> None:
    power = power_frames(noise())
    slope = slope_db(power)
    assert noisiness(power * 1e-4, slope) == pytest.approx(noisiness(power, slope), abs=1e-6)


def test_the_centroid_of_a_sine_is_its_frequency_and_of_white_noise_the_middle() -> None:
    assert measure(sine(1000)).centroid_hz == pytest.approx(1000, rel=0.02)
    assert measure(noise()).centroid_hz == pytest.approx(4000, rel=0.05)


@pytest.mark.parametrize("bpm", [60, 90, 120, 150, 200])
def test_a_click_train_has_its_tempo(bpm: float) -> None:
    assert measure(clicks(bpm)).bpm == pytest.approx(bpm, rel=0.02)


def test_a_beat_with_uneven_onsets_is_found_by_repetition() -> None:
    # Strong clicks every 0.5 s, a weak one 0.15 s after each: intervals alternate.
    out = clicks(120)
    out[int(0.15 * SAMPLE_RATE_HZ) :] += 0.5 * clicks(120)[: -int(0.15 * SAMPLE_RATE_HZ)]
    assert measure(out).bpm == pytest.approx(120, rel=0.02)


def test_three_onsets_or_scattered_ones_make_no_tempo() -> None:
    assert measure(clicks(36)).onsets == 3
    assert measure(clicks(36)).bpm == 0.0
    # A Golomb ruler: no two of its marks are as far apart as two others, so nothing repeats.
    marks = [0.1 + 0.2 * mark for mark in (0, 1, 4, 10, 12, 17)]
    scattered = bursts(*[(at, at + 0.05, 800, 0.5) for at in marks])
    assert rhythm_of(power_frames(scattered)).bpm == 0.0


def test_onsets_are_counted_and_timed() -> None:
    rhythm = rhythm_of(power_frames(clicks(120, 3.0)))
    assert rhythm.onsets_s == pytest.approx([0.1, 0.6, 1.1, 1.6, 2.1, 2.6], abs=0.04)


def test_a_steady_sound_that_is_cut_off_has_one_onset() -> None:
    assert measure(sine(440)).onsets == 1
    assert measure(noise()).onsets == 1


def test_separate_sounds_are_told_with_time_pitch_and_level() -> None:
    made = measure(bursts((0.5, 1.0, 300, 0.5), (1.5, 2.5, 600, 0.5), (3.0, 3.5, 900, 0.05)))
    assert len(made.sounds) == 3
    for sound, (start, end, hz, below) in zip(
        made.sounds, [(0.5, 1, 300, 0), (1.5, 2.5, 600, 0), (3, 3.5, 900, 20)], strict=True
    ):
        assert sound.start_s == pytest.approx(start, abs=0.05)
        assert sound.end_s == pytest.approx(end, abs=0.05)
        assert sound.pitch_hz == pytest.approx(hz, rel=0.02)
        assert sound.below_db == pytest.approx(below, abs=1.5)


def test_a_short_gap_does_not_part_a_sound() -> None:
    assert len(measure(bursts((0.5, 1.0, 300, 0.5), (1.05, 1.5, 300, 0.5))).sounds) == 1


def test_a_silent_clip_is_silent_and_nothing_else() -> None:
    for samples in (np.zeros(16_000, np.float32), np.full(16_000, 5e-5, np.float32)):
        assert measure(samples) == Measurements(1.0, silent=True)


@pytest.mark.parametrize("frames", [1, 2, 100, 1000, 5000])
def test_very_short_clips_can_be_measured(frames: int) -> None:
    made = measure(noise()[:frames])
    assert made.duration_s == frames / SAMPLE_RATE_HZ
    assert np.isfinite([made.centroid_hz, made.noisiness, made.spread_db, made.bpm]).all()


def test_a_constant_clip_can_be_measured() -> None:
    assert not measure(np.full(16_000, 0.5, np.float32)).silent


def test_every_scale_rises_and_ends_without_a_bound() -> None:
    scales = [
        value for key, value in vars(words).items() if key.isupper() and isinstance(value, tuple)
    ]
    assert len(scales) >= 9
    for scale in scales:
        bounds = [bound for bound, _ in scale]
        assert bounds == sorted(bounds)
        assert bounds[-1] == float("inf")


def test_a_value_on_a_bound_takes_the_next_word() -> None:
    assert words.word(109.9, words.PITCH_HZ) == "very low"
    assert words.word(110.0, words.PITCH_HZ) == "low"
    assert words.word(float("-inf"), words.LOUDNESS_LUFS) == "very soft"


def test_the_words_follow_the_numbers() -> None:
    rise = Pitch(hz=310.4, share=0.82, start_hz=262, end_hz=392, course="rising")
    assert words.pitch(rise, voice=False) == (
        "Pitch: high (310 Hz), rising from 262 to 392 Hz, during 82% of the sound."
    )
    low = Pitch(hz=100, share=0.5, start_hz=90, end_hz=110, course="varying")
    assert words.pitch(low, voice=True) == (
        "Pitch: very low (100 Hz, as of most men), varying, during 50% of the sound."
    )
    assert words.pitch(None, voice=True) == "Pitch: none."
    made = measure(sine(320))
    assert "LUFS), steady; narrow dynamics" in words.loudness(made)
    assert words.kind(made, 0.0) == "tonal sound, such as music or a tone"
    assert words.kind(made, 0.5) == "speech"
    assert words.kind(measure(noise()), 0.0) == "noise"
    assert "like pink noise (-3 dB per octave)" in words.timbre(measure(noise(-3.0)))
    assert "moderate pulse (120 BPM)" in words.rhythm(measure(clicks(120)), voice=False)
    assert "BPM" not in words.rhythm(measure(clicks(120)), voice=True)
    late = measure(bursts((1.0, 2.0, 300, 0.5)))
    assert words.sounds(late, voice=False) == "The sound begins at 1.0 s."
    pair = measure(bursts((0.0, 0.5, 300, 0.5), (1.0, 2.0, 600, 0.05)))
    assert words.sounds(pair, voice=False) == (
        "2 separate sounds: 0.0-0.5 s (300 Hz), 1.0-2.0 s (600 Hz, 20 dB softer)."
    )


def test_syllables_are_no_sounds_of_their_own() -> None:
    made = measure(bursts((0.0, 0.2, 300, 0.5), (0.5, 1.5, 300, 0.5), (2.0, 3.0, 300, 0.5)))
    assert words.sounds(made, voice=False).startswith("3 separate sounds: 0.0-0.2 s")
    assert words.sounds(made, voice=True).startswith("2 separate sounds: 0.5-1.5 s")


def test_the_rate_of_speech_is_words_by_spoken_seconds() -> None:
    assert words.speaking("one two three four five", 2.0, 4.0) == (
        "Speech: 50% of the clip, normal rate (2.5 words a second)."
    )
    assert words.speaking("", 2.0, 4.0) == "Speech: 50% of the clip."
