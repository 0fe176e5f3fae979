"""Drawing mechanics: one look for all figures, and SVG that follows the page's colours.

A figure is drawn once at the width of a paper's column. The SVG and PDF files keep their own light
background. The copy inside the page has its colours replaced by CSS variables, so that it follows
light and dark; its ids are made unique, since several figures share one document.
"""

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from echoic.analysis.intervals import Proportion
from echoic.records import make_folder, write_atomic

COLUMN_INCHES = 3.4
INK, MUTED, RULE, PAPER = "#1b1f24", "#5c6471", "#d9d5cb", "#fffffe"
# Okabe and Ito's colours, told apart with every common colour blindness; markers differ as well.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
HEAT = LinearSegmentedColormap.from_list("heat", ["#f7f3e8", "#7fb7ba", "#0b6570", "#06343c"])
MARKERS = ("o", "s", "^", "D", "v", "P")
VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    PAPER: "none",
    **{colour: f"var(--series-{i})" for i, colour in enumerate(SERIES, 1)},
}
LETTERS, LETTERS_A_LINE = 28, 48  # of a label beside an axis, and across a figure
LONGEST_NAME = 100  # characters; file systems take 255 bytes with the ending
LOOK: dict[Any, Any] = {
    "text.parse_math": False,  # a "$" in somebody's name is no formula
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": PAPER,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.4,
    "svg.fonttype": "none",  # text stays text: it can be searched, selected and read aloud
    "svg.hashsalt": "echoic",  # the same data gives the same bytes
    "pdf.fonttype": 42,
}


@dataclass(frozen=True)
class Drawing:
    """A finished figure: its file name, title, text alternative and the SVG for the page."""

    name: str
    title: str
    alt: str
    svg: str


@contextmanager
def canvas(height: float, width: float = COLUMN_INCHES) -> Iterator[tuple[Figure, Any]]:
    """A figure of `width` x `height` inches in the common look, with its axes."""
    with mpl.rc_context(LOOK):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots()


def style(i: int) -> dict[str, Any]:
    """How the i-th series is drawn: 36 of them can be told apart."""
    return {
        "fmt": MARKERS[(i + i // len(SERIES)) % len(MARKERS)],
        "color": SERIES[i % len(SERIES)],
        "markersize": 4.5,
        "markeredgecolor": PAPER,
        "markeredgewidth": 0.4,
        "elinewidth": 1.1,
        "capsize": 0,
        "zorder": 3,
    }


def arms(share: Proportion) -> list[list[float]]:
    """Lengths of an error bar's two arms in points, (2, 1); never below 0 by rounding."""
    low, high = share.interval()
    return [[max(0.0, 100 * (share.share - low))], [max(0.0, 100 * (high - share.share))]]


def short(name: str, letters: int = LETTERS) -> str:
    """A name that leaves room for the figure, cut in the middle: how a model was asked ends it."""
    end = letters // 3
    return name if len(name) <= letters else f"{name[: letters - end - 1]}…{name[-end:]}"


def legend(figure: Any, *, columns: int = 2) -> None:
    """Below the axes, where it covers neither data nor title; marks without their error bars."""
    handles, names = figure.axes[0].get_legend_handles_labels()
    marks = [one[0] if isinstance(one, ErrorbarContainer) else one for one in handles]
    shown = [short(name, LETTERS_A_LINE) for name in names]
    figure.legend(marks, shown, loc="outside lower center", ncols=columns, handletextpad=0.4,
                  columnspacing=1.2)  # fmt: skip


def save(figure: Figure, folder: Path, *, name: str, title: str, alt: str) -> Drawing:
    """Write NAME.svg and NAME.pdf into `folder` and return the drawing for the page."""
    make_folder(folder)
    with mpl.rc_context(LOOK), warnings.catch_warnings():
        # Letters the font lacks are drawn as boxes; the title and tables beside show them.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        vector, document = io.StringIO(), io.BytesIO()
        figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
        figure.set_layout_engine("none")  # keeps the layout just computed
        figure.savefig(document, format="pdf", metadata={"CreationDate": None, "Creator": None})
    text = vector.getvalue()
    write_atomic(folder / f"{name}.svg", text)
    write_atomic(folder / f"{name}.pdf", document.getvalue())
    return Drawing(name=name, title=title, alt=alt, svg=for_page(text, name))


def for_page(svg: str, name: str) -> str:
    """The inline copy: page colours, the page's font, unique ids, no fixed size, no prolog."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    for colour, variable in VARIABLES.items():
        body = body.replace(colour, variable)
    body = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", body)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'href="#', f'href="#{name}-', body)
    body = body.replace("url(#", f"url(#{name}-")
    head, rest = body.split(">", 1)
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    return f'{head} aria-hidden="true" focusable="false">{rest}'


def file_name(*parts: str) -> str:
    """Parts as one safe file name and id; a digest ends what is cut, or holds foreign letters."""
    joined = "-".join(part for part in parts if part)
    plain = re.sub(r"[^a-z0-9]+", "-", joined.lower()).strip("-")
    if len(plain) <= LONGEST_NAME and not any(c.isalnum() and not c.isascii() for c in joined):
        return plain
    return f"{plain[:LONGEST_NAME]}-{hashlib.sha256(joined.encode()).hexdigest()[:8]}"
