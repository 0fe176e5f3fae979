"""Every attribute that a clip can have, its values, and the numbers behind them.

Values stand in seed lines and options exactly as here. No value begins with another of the same
attribute, so that a seed line names one only. Attributes with two or three natural values are
joined with another to reach four. Steps are wide enough to be heard at once: tempi and speaking
rates differ by a factor of 1.5 or more, levels by 10 dB, registers by more than an octave.
"""

from collections.abc import Mapping

# Any clip -------------------------------------------------------------------------------------
TYPES = ("speech", "music", "sound", "voice and noise", "voice and music")
LOUDNESS_DBFS: Mapping[str, float] = {
    "very soft": -49.0,
    "soft": -38.0,
    "loud": -27.0,
    "very loud": -16.0,
}
NORMAL_DBFS = -22.0
DYNAMICS = ("steady", "getting louder", "getting softer", "swelling and fading")
RECORDINGS = ("clear", "over the telephone", "muffled", "with an echo")
DURATIONS_S: Mapping[str, int] = {"2s": 2, "3s": 3, "4s": 4, "5s": 5}

# Speech ---------------------------------------------------------------------------------------
VOICES: Mapping[str, tuple[str, str]] = {  # value -> gender, pitch
    "a deep-voiced man": ("male", "low"),
    "a high-voiced man": ("male", "high"),
    "a deep-voiced woman": ("female", "low"),
    "a high-voiced woman": ("female", "high"),
}
# Variant and espeak pitch per (gender, pitch): fundamentals near 80, 143, 183 and 300 Hz.
VARIANTS: Mapping[tuple[str, str], tuple[tuple[str, int], ...]] = {
    ("male", "low"): (("m3", 18), ("m5", 20), ("m7", 16)),
    ("male", "high"): (("m3", 82), ("m5", 83), ("m7", 83)),
    ("female", "low"): (("f2", 43), ("f3", 34), ("linda", 30)),
    ("female", "high"): (("f2", 91), ("f3", 88), ("linda", 74)),
}
RATES_WPM: Mapping[str, int] = {"very slow": 98, "slow": 150, "fast": 231, "very fast": 390}
SLOW_RATES = ("very slow", "slow")
PHRASE_WPM: Mapping[str, int] = {"slow": 130, "fast": 270}  # of two phrases in one clip
SPEAKERS: Mapping[str, tuple[str, str]] = {
    "a man then a woman": ("male", "female"),
    "a woman then a man": ("female", "male"),
    "a man both times": ("male", "male"),
    "a woman both times": ("female", "female"),
}
PACES: Mapping[str, tuple[str, str]] = {
    "slow then fast": ("slow", "fast"),
    "fast then slow": ("fast", "slow"),
    "slow throughout": ("slow", "slow"),
    "fast throughout": ("fast", "fast"),
}
LEVELS: Mapping[str, tuple[str, str]] = {
    "soft then loud": ("soft", "loud"),
    "loud then soft": ("loud", "soft"),
    "soft throughout": ("soft", "soft"),
    "loud throughout": ("loud", "loud"),
}
PHRASE_DBFS: Mapping[str, float] = {"soft": -40.0, "loud": -20.0}
VOICE_LEVELS_DB: Mapping[str, float] = {
    "far above the background": 24.0,
    "above the background": 12.0,
    "level with the background": 0.0,
    "below the background": -10.0,
}
LANGUAGES: Mapping[str, str] = {  # value -> espeak language
    "English": "en-us",
    "French": "fr",
    "German": "de",
    "Spanish": "es",
    "Italian": "it",
    "Polish": "pl",
}

# Music ----------------------------------------------------------------------------------------
PROGRAMS: Mapping[str, int] = {
    "piano": 0,
    "harpsichord": 6,
    "xylophone": 13,
    "church organ": 19,
    "accordion": 21,
    "guitar": 24,
    "distorted guitar": 30,
    "violin": 40,
    "choir": 52,
    "trumpet": 56,
    "clarinet": 71,
    "flute": 73,
}
TEMPO_S: Mapping[str, float] = {  # seconds from note to note
    "very slow": 0.84,
    "slow": 0.48,
    "fast": 0.275,
    "very fast": 0.157,
}
SLOW_TEMPI = ("very slow", "slow")
CONTOURS = ("rising", "falling", "up then down", "down then up")
REGISTER_KEYS: Mapping[str, int] = {"very low": 43, "low": 57, "high": 71, "very high": 85}
CHARACTERS: Mapping[str, tuple[str, str]] = {  # value -> tempo half, mode
    "slow and major": ("slow", "major"),
    "slow and minor": ("slow", "minor"),
    "fast and major": ("fast", "major"),
    "fast and minor": ("fast", "minor"),
}
METRES: Mapping[str, int] = {"two beats": 2, "three beats": 3, "four beats": 4, "five beats": 5}
ACCENTS: Mapping[str, tuple[int, ...]] = {  # value -> drum keys of the strong beat
    "bass drum": (36,),
    "hand clap": (39,),
    "cowbell": (56,),
    "cymbal crash": (49,),
}
SECOND_PARTS: Mapping[str, tuple[str, str]] = {
    "higher and louder": ("higher", "louder"),
    "higher and softer": ("higher", "softer"),
    "lower and louder": ("lower", "louder"),
    "lower and softer": ("lower", "softer"),
}

# Sound ----------------------------------------------------------------------------------------
NOISES = ("white", "pink", "brown", "blue")
TONES_HZ: Mapping[str, float] = {
    "very low": 130.0,
    "low": 400.0,
    "high": 1200.0,
    "very high": 3600.0,
}
MOVEMENTS = ("constant", "sliding up", "sliding down", "wavering")
ONSETS_S: Mapping[str, float] = {
    "at once": 0.0,
    "after one second": 1.0,
    "after two seconds": 2.0,
    "after three seconds": 3.0,
}
COUNTS: Mapping[str, int] = {"one": 1, "two": 2, "three": 3, "four": 4}
SECOND_SOUNDS: Mapping[str, tuple[str, str]] = {
    "louder and longer": ("louder", "longer"),
    "louder and shorter": ("louder", "shorter"),
    "softer and longer": ("softer", "longer"),
    "softer and shorter": ("softer", "shorter"),
}

# Of two parts in one clip the softer lies this far under the louder.
SOFTER_DB = -14.0
# The chords that tell the mode lie this far under the melody.
CHORDS_DB = -6.0
