"""Text that a captioner wrote about a clip."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from echoic.errors import BadRecord, NoData
from echoic.records import read_jsonl


@dataclass(frozen=True)
class Caption:
    """`clip` is the path within the benchmark, `clip_hash` the SHA-256 of the file's bytes."""

    clip: str
    clip_hash: str
    captioner: str
    prompt_hash: str
    text: str

    def __post_init__(self) -> None:
        if not self.clip or not self.captioner:
            raise BadRecord(f"a caption needs a clip and a captioner: {self.text[:60]!r}")

    def to_record(self) -> dict[str, Any]:
        """The JSON object of this caption."""
        return asdict(self)

    @classmethod
    def from_record(cls, row: Mapping[str, Any], where: str) -> "Caption":
        """Build from a JSON object. Raises BadRecord naming `where`."""
        try:
            return cls(**row)
        except TypeError as error:
            raise BadRecord(f"{where}: no caption: {error}") from error
        except BadRecord as error:
            raise BadRecord(f"{where}: {error}") from error


def read_captions(path: Path) -> dict[str, Caption]:
    """The captions of a JSONL file by clip path; of two for one clip the later counts."""
    rows = (Caption.from_record(row, f"{path}:{number}") for number, row in read_jsonl(path))
    return {caption.clip: caption for caption in rows}


@dataclass(frozen=True)
class Lengths:
    """How long captions are, in words (what white space parts)."""

    mean: float
    median: float
    shortest: int
    longest: int
    shortest_clip: str
    longest_clip: str


def lengths(captions: Sequence[Caption]) -> Lengths:
    """Words of the captions; of equals the first is named. Raises NoData for none."""
    if not captions:
        raise NoData("no caption to measure")
    words = {caption.clip: len(caption.text.split()) for caption in captions}
    low, high = min(words, key=words.__getitem__), max(words, key=words.__getitem__)
    counts = words.values()
    return Lengths(mean(counts), median(counts), words[low], words[high], low, high)
