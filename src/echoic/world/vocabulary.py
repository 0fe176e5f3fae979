"""Every attribute that a clip can have, its values, and the numbers behind them.

Values stand in seed lines and options exactly as here. No value contains another of the same
attribute ("very soft" would contain "soft"): a seed line then names one only, and the mean
log-probability of an option's tokens does not favour the longer of two that share a word.
Attributes with two or three natural values are joined with another to reach four. Steps are wide
enough to be heard at once: tempi and speaking rates differ by a factor of 1.5 or more, levels by 10
dB, registers by more than an octave.
"""

from collections.abc import Mapping

# Any clip -------------------------------------------------------------------------------------
TYPES = ("speech", "music", "sound", "voice over noise", "voice with an instrument")
LOUDNESS_DBFS: Mapping[str, float] = {
    "faint": -49.0,
    "quiet": -38.0,
    "loud": -27.0,
    "blaring": -16.0,
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
RATES_WPM: Mapping[str, int] = {"drawling": 98, "slow": 150, "quick": 231, "rushed": 390}
SLOW_RATES = ("drawling", "slow")
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
    "far over the background": 24.0,
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
    "nylon guitar": 24,
    "distorted guitar": 30,
    "violin": 40,
    "choir": 52,
    "trumpet": 56,
    "clarinet": 71,
    "flute": 73,
}
TEMPO_S: Mapping[str, float] = {  # seconds from note to note
    "largo": 0.84,
    "andante": 0.48,
    "allegro": 0.275,
    "presto": 0.157,
}
SLOW_TEMPI = ("largo", "andante")
CONTOURS = ("rising", "falling", "up then down", "down then up")
REGISTER_KEYS: Mapping[str, int] = {"bass": 43, "tenor": 57, "alto": 71, "soprano": 85}
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
    "deep": 130.0,
    "low": 400.0,
    "high": 1200.0,
    "shrill": 3600.0,
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
