"""A scene: everything that decides one clip, drawn before anything sounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echoic.clip import Samples
from echoic.world import vocabulary as v
from echoic.world.level import at_level, faded, fitted, frames, limited, recorded, shaped

MIN_S, MAX_S = 2.0, 5.0
CONDITIONS: Mapping[str, Sequence[str]] = {
    "Loudness": tuple(v.LOUDNESS_DBFS),
    "Dynamics": v.DYNAMICS,
    "Recording": v.RECORDINGS,
}


@dataclass(frozen=True)
class Scene:
    """`facts`: attribute -> value as in the seed line, in order, without the clip's length;
    `numbers`: what only the renderer needs; `asked`: the attributes that questions are about;
    `options`: the values that may be offered, where these are not all of the attribute's;
    `entropy`: the seed of every random draw made while rendering.
    """

    id: str
    split: str
    kind: str
    task: str
    facts: Mapping[str, str]
    numbers: Mapping[str, Any]
    asked: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]
    text: str
    entropy: tuple[int, ...]


@dataclass
class Draft:
    """A scene while it is drawn. `turn` counts the scenes of its kind, for even rotation."""

    split: str
    turn: int
    rng: np.random.Generator
    multilingual: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""

    def pick(self, values: Sequence[str]) -> str:
        """One of the values, each as likely."""
        return values[int(self.rng.integers(len(values)))]

    def draw(self, attribute: str, values: Sequence[str]) -> str:
        """Draw a value uniformly and independently of all others, and note it as a fact."""
        self.facts[attribute] = self.pick(values)
        return self.facts[attribute]

    def ask(self, *attributes: str) -> None:
        """Let questions be asked about these facts."""
        self.asked.extend(attributes)

    def condition(self, *names: str) -> None:
        """Draw and ask these conditions (of CONDITIONS)."""
        for name in names:
            self.draw(name, CONDITIONS[name])
        self.ask(*names)

    def order(self, pool: Sequence[str]) -> tuple[str, str]:
        """Draw two different names in order; note and ask "Order" and "First".

        The four options of each hold four names evenly (X then Y, Y then X, Z then W, W then Z),
        so that no name stands out.
        """
        four = [pool[i] for i in self.rng.permutation(len(pool))[:4]]
        first, second, third, fourth = four
        self.facts |= {
            "First": first,
            "Then": second,
            "Order": f"{first} then {second}",
        }
        pairs = ((first, second), (second, first), (third, fourth), (fourth, third))
        self.options["Order"] = tuple(f"{a} then {b}" for a, b in pairs)
        self.options["First"] = tuple(four)
        self.ask("Order", "First")
        return first, second


def conditioned(samples: Samples, facts: Mapping[str, str]) -> Samples:
    """`samples` under the scene's recording, dynamics and loudness; never beyond full scale."""
    heard = recorded(samples, facts.get("Recording", "clear"))
    heard = shaped(faded(heard), facts.get("Dynamics", "steady"))
    loudness = facts.get("Loudness")
    dbfs = v.LOUDNESS_DBFS[loudness] if loudness else v.NORMAL_DBFS
    return limited(at_level(heard, dbfs))


def placed(samples: Samples, rng: np.random.Generator, lead_s: float = 0.15) -> Samples:
    """After a short random silence, padded to the shortest and cut to the longest length."""
    silence = np.zeros(frames(rng.uniform(0.02, lead_s)), dtype=np.float32)
    whole = np.concatenate([silence, samples])
    return fitted(whole, min(max(len(whole), frames(MIN_S)), frames(MAX_S)))
