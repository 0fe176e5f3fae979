"""How far a training is, from its folder alone; needs no torch."""

from pathlib import Path

from echoic.errors import BadRecord
from echoic.records import read_json

STATE = "state"
LATEST = "latest.json"


def steps_done(folder: Path) -> int:
    """Steps of the training in `folder` that need not be done again; 0 where nothing tells."""
    try:
        return int(read_json(folder / STATE / LATEST)["progress"]["step"])
    except BadRecord:
        return 0
