"""Numbers into words. Every threshold that a caption's words depend on stands here.

A scale is a row of (upper bound, word); a value takes the first word whose bound lies above it.
Loudness: broadcast aims at -23 LUFS (EBU R 128). Voices: men speak at about 85 to 155 Hz, women at
165 to 255 Hz. Tempo: andante ends near 76 to 108 BPM, allegro near 168. Speech: 150 words a minute
is usual.
"""

from math import inf

from echoic.captioners.measure import Measurements, Pitch, Sound

Scale = tuple[tuple[float, str], ...]

LOUDNESS_LUFS: Scale = (
    (-43, "very soft"), (-32, "soft"), (-24, "moderate"), (-18, "loud"), (inf, "very loud"),
)  # fmt: skip
SPREAD_DB: Scale = ((6, "narrow"), (20, "moderate"), (inf, "wide"))
PITCH_HZ: Scale = (
    (110, "very low"), (165, "low"), (255, "medium"), (650, "high"), (inf, "very high"),
)  # fmt: skip
VOICE_HZ: Scale = ((155, "as of most men"), (170, ""), (inf, "as of most women and children"))
PULSE_BPM: Scale = (
    (60, "very slow"), (100, "slow"), (140, "moderate"), (220, "fast"), (inf, "very fast"),
)  # fmt: skip
CENTROID_HZ: Scale = ((500, "dark"), (1200, "warm"), (2500, "bright"), (inf, "very bright"))
NOISINESS: Scale = ((0.05, "tonal"), (0.3, "slightly noisy"), (0.7, "noisy"), (inf, "pure noise"))
COLOUR_DB: Scale = (
    (-4.5, "brown noise"), (-1.5, "pink noise"), (1.5, "white noise"), (4.5, "blue noise"),
    (inf, "violet noise"),
)  # fmt: skip
WORDS_PER_S: Scale = ((1.8, "slow"), (3.2, "normal"), (inf, "fast"))

COLOURED = 0.7  # noisiness from which a noise has a colour
SPEECH_SHARE = 0.2  # of the clip, from which it counts as speech
TONAL_SHARE = 0.5  # of the frames that are not quiet, from which a clip is tonal
LISTED_SOUNDS = range(2, 7)  # how many separate sounds are told one by one
LATE_S = 0.3  # a clip that is silent for longer at its beginning says so
SYLLABLE_S = 0.3  # in speech a shorter stretch is a syllable, not a sound of its own
SOFTER_DB = 3.0  # a smaller difference between sounds is not told


def word(value: float, scale: Scale) -> str:
    """The word of `value` on a scale."""
    return next(name for bound, name in scale if value < bound)


def kind(made: Measurements, speech_share: float) -> str:
    """What sort of sound it is, in a few words."""
    if made.silent:
        return "silence"
    if speech_share >= SPEECH_SHARE:
        return "speech"
    if made.noisiness >= COLOURED:
        return "noise"
    if made.pitch and made.pitch.share >= TONAL_SHARE:
        return "tonal sound, such as music or a tone"
    return "sound without speech"


def loudness(made: Measurements) -> str:
    """ "Loudness: soft (-35 LUFS), getting louder by 12 dB; wide dynamics (25 dB)." """
    course = made.course
    if course.startswith("getting"):
        course += f" by {abs(made.change_db):.0f} dB"
    level = f"{made.lufs:.0f} LUFS" if made.lufs > -inf else "below -70 LUFS"
    spread = f"{word(made.spread_db, SPREAD_DB)} dynamics ({made.spread_db:.0f} dB)"
    return f"Loudness: {word(made.lufs, LOUDNESS_LUFS)} ({level}), {course}; {spread}."


def pitch(found: Pitch | None, *, voice: bool) -> str:
    """ "Pitch: high (310 Hz), rising from 262 to 392 Hz, during 90% of the sound." """
    if found is None:
        return "Pitch: none."
    text = f"Pitch: {word(found.hz, PITCH_HZ)} ({found.hz:.0f} Hz"
    whose = word(found.hz, VOICE_HZ) if voice else ""
    text += f", {whose})" if whose else ")"
    text += f", {found.course}"
    if found.course in ("rising", "falling"):
        text += f" from {found.start_hz:.0f} to {found.end_hz:.0f} Hz"
    return f"{text}, during {100 * found.share:.0f}% of the sound."


def rhythm(made: Measurements, *, voice: bool) -> str:
    """ "Rhythm: 8 onsets (2.0 a second), fast pulse (140 BPM)." """
    onsets = "1 onset" if made.onsets == 1 else f"{made.onsets} onsets"
    text = f"Rhythm: {onsets} ({made.onsets / made.duration_s:.1f} a second)"
    if made.bpm and not voice:  # the syllables of speech are no beat
        text += f", {word(made.bpm, PULSE_BPM)} pulse ({made.bpm:.0f} BPM)"
    return f"{text}."


def sounds(made: Measurements, *, voice: bool) -> str:
    """Such as "2 separate sounds: 0.0-0.5 s (440 Hz), 1.0-1.5 s (880 Hz, 10 dB softer)."."""
    told = [one for one in made.sounds if not voice or one.end_s - one.start_s >= SYLLABLE_S]
    count = len(told)
    if count == 1 and told[0].start_s >= LATE_S:
        return f"The sound begins at {told[0].start_s:.1f} s."
    if count < 2:
        return ""
    text = f"{count} separate sounds"
    if count in LISTED_SOUNDS:
        text += ": " + ", ".join(_sound(sound) for sound in told)
    return f"{text}."


def _sound(sound: Sound) -> str:
    facts = [f"{sound.pitch_hz:.0f} Hz"] if sound.pitch_hz else []
    if sound.below_db >= SOFTER_DB:
        facts.append(f"{sound.below_db:.0f} dB softer")
    text = f"{sound.start_s:.1f}-{sound.end_s:.1f} s"
    return f"{text} ({', '.join(facts)})" if facts else text


def timbre(made: Measurements) -> str:
    """ "Timbre: bright (centroid 2300 Hz), pure noise (noisiness 1.00), like pink noise." """
    text = f"Timbre: {word(made.centroid_hz, CENTROID_HZ)} (centroid {made.centroid_hz:.0f} Hz), "
    text += f"{word(made.noisiness, NOISINESS)} (noisiness {made.noisiness:.2f})"
    if made.noisiness >= COLOURED:
        text += f", like {word(made.slope_db, COLOUR_DB)} ({made.slope_db:+.0f} dB per octave)"
    return f"{text}."


def speaking(transcript: str, spoken_s: float, duration_s: float) -> str:
    """ "Speech: 80% of the clip, normal rate (2.5 words a second)." """
    text = f"Speech: {100 * spoken_s / duration_s:.0f}% of the clip"
    if transcript:
        rate = len(transcript.split()) / spoken_s
        text += f", {word(rate, WORDS_PER_S)} rate ({rate:.1f} words a second)"
    return f"{text}."
