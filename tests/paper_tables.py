"""The score tables of arXiv 2603.19195 as they ship, for tests of what reads score tables."""

from pathlib import Path

import echoic.report.paper
from echoic.report.paper.numbers import FILES

DATA = Path(echoic.report.paper.__file__).parent / "data"
TABLES = [DATA / FILES[name] for name in ("Table 1", "Table 3", "Table 4")]
