"""Figure 3's slip: both Phi models' points stand at another column's x."""

from dataclasses import dataclass

from echoic.analysis.correlation import checked, pearson
from echoic.analysis.scores import WHOLE, Pair
from echoic.models.backbone import facts
from echoic.report.paper.numbers import Paper

FAMILY = "Phi"
DRAWN_AT = {  # (benchmark, domain) -> the column of Table 3 where the figure draws that family
    ("MMAU", "Sound"): "Music",
    ("MMAU", "Music"): "Speech",
    ("MMAU", "Speech"): WHOLE,
    ("MMAR", "Sound"): "Music",
    ("MMAR", "Music"): "Speech",
}


@dataclass(frozen=True)
class Shifted:
    """A panel of Figure 3 with the x where the figure draws one family.

    `moved` maps the models of that family to (own x, x drawn, y), in percent.
    """

    column: str
    r: float
    moved: dict[str, tuple[float, float, float]]


def shifted_panel(paper: Paper, benchmark: str, category: str) -> Shifted | None:
    """What a panel looks like as drawn; None where it is drawn at its own x."""
    column = DRAWN_AT.get((benchmark, category))
    if column is None:
        return None
    pair: Pair = paper.domain_pairs[benchmark, category]
    drawn = paper.column(pair.a, column)
    places = list(zip(pair.models, pair.x, pair.y, strict=True))
    moved = {m: (x, drawn[m], y) for m, x, y in places if facts(m).family == FAMILY}
    x = [moved[m][1] if m in moved else x for m, x, _ in places]
    return Shifted(column, float(pearson(*checked(x, pair.y))), moved)
