"""Tables 1 to 4 of the paper as printed, users' own rows below, and the coefficients."""

from collections.abc import Sequence
from dataclasses import replace

from echoic.analysis.scores import WHOLE, Pair
from echoic.report import cells
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.paper.mine import Mine
from echoic.report.paper.numbers import SOURCE, Entry, Paper

GAP = "not printed"
SHADING = (
    "Digits as printed; below them the 95% Wilson interval of the count behind each. A stronger "
    "tint means a higher rank within the block."
)
CAPTIONS = {
    "Table 1": f"Table 1 of {SOURCE}: auditory knowledge from text alone (AKB-2000)",
    "Table 2": f"Table 2 of {SOURCE}: the five hardest subcategories (AKB-2000)",
    "Table 3": f"Table 3 of {SOURCE}: cascade (MMAU and MMAR)",
    "Table 4": f"Table 4 of {SOURCE}: audio models (MMAU and MMAR)",
    "Figure 3": f"Behind Figure 3 of {SOURCE}: audio accuracy by domain, read off the plot",
}
NOTES = {
    "Table 1": SHADING,
    "Table 2": "Means over models, printed without counts: no interval can be given.",
    "Table 3": SHADING + " MMAR's average is over all 1,000 clips, its columns over the three pure "
    "domains. One cell fits no count out of its n and has no interval.",
    "Table 4": SHADING + " Only averages are printed.",
    "Figure 3": "Heights of the points; the x-values are Table 3's.",
}
MINE_NOTE = (
    "Rows under “This study” are measured here, on the same benchmark, with the captioner or "
    "recipe named; they are not ranked among the paper's, whose prompts, captions and training "
    "differ."
)


def paper_table(paper: Paper, name: str, mine: Mine | None = None) -> Table:
    """One of the paper's tables, cell by cell, with the user's rows on its benchmarks below."""
    entries = paper.tables[name]
    places = list(dict.fromkeys(entry.place for entry in entries))
    several = len({metric for metric, _ in places}) > 1
    groups = [_block(title, some, places) for title, some in _by_group(entries).items()]
    own = mine.groups(places) if mine else ()
    columns = (Column("Model", False), *(Column(_heading(p, places, several)) for p in places))
    groups += own
    return Table(
        key=f"paper-{name}",
        caption=CAPTIONS[name],
        columns=cells.with_counts(columns, groups),
        groups=tuple(groups),
        note=f"{NOTES[name]} {MINE_NOTE}" if own else NOTES[name],
    )


def hardest_table(paper: Paper) -> Table:
    """Table 2: subcategories down the side."""
    entries = paper.tables["Table 2"]
    (model,) = {entry.score.model for entry in entries}
    rows = tuple((cells.text(entry.score.category), _cell(entry)) for entry in entries)
    return Table(
        key="paper-Table 2",
        caption=CAPTIONS["Table 2"],
        columns=(Column("Subcategory", False), Column(model[0].upper() + model[1:])),
        groups=(Group("", rows),),
        note=NOTES["Table 2"],
    )


def _by_group(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.score.group, []).append(entry)
    return groups


def _block(title: str, entries: Sequence[Entry], places: Sequence[tuple[str, str]]) -> Group:
    found: dict[str, dict[tuple[str, str], Entry]] = {}
    for entry in entries:
        found.setdefault(entry.score.model, {})[entry.place] = entry
    numbers = [
        [_cell(row[place]) if place in row else cells.absent(GAP) for place in places]
        for row in found.values()
    ]
    return Group(
        title,
        tuple(
            (cells.text(model), *row)
            for model, row in zip(found, cells.ranked(numbers, 0), strict=True)
        ),
    )


def _cell(entry: Entry) -> Cell:
    """The digits as printed; interval and n from the count, where one fits."""
    return replace(
        cells.share(entry.proportion) if entry.proportion else Cell(entry.digits),
        text=entry.digits,
        value=entry.score.accuracy,
        n=entry.score.n,
    )


def _heading(place: tuple[str, str], places: Sequence[tuple[str, str]], several: bool) -> str:
    metric, category = place
    benchmark = metric.rpartition(" ")[0]
    if not several:
        return category
    return benchmark if all(c == WHOLE for _, c in places) else f"{benchmark} {category}"


def correlation_table(paper: Paper) -> Table:
    """Every pair of Figures 2 and 3 with both intervals, beside what the figures print."""
    printed = {(p.a, p.b, p.category): p.r for p in paper.printed}
    pairs = [(pair, WHOLE) for pair in paper.pairs]
    domains = [(pair, category) for (_, category), pair in paper.domain_pairs.items()]
    return Table(
        key="paper-correlations",
        caption=f"Coefficients of Figures 2 and 3 of {SOURCE}, from its tables",
        columns=(
            Column("Pair", False),
            *(Column(name) for name in (
                "Models", "Pearson r", "Fisher 95%", "BCa 95%", "Spearman", "Kendall",
                "Permutation p", "Printed",
            )),
        ),
        groups=(
            Group("Figure 2: averages", tuple(_pair_row(p, c, printed) for p, c in pairs)),
            Group("Figure 3: within a domain", tuple(_pair_row(p, c, printed) for p, c in domains)),
        ),
        note="Over the models that both evaluations share, published systems and captioner "
        "comparisons left out. “Printed” is what the figure prints.",
        group_name="figure",
    )  # fmt: skip


def _pair_row(
    pair: Pair, category: str, printed: dict[tuple[str, str, str], str]
) -> tuple[Cell, ...]:
    c = pair.correlation
    assert c is not None  # the paper's metrics share 8 models or more
    name = f"{pair.a} ~ {pair.b}" + ("" if category == WHOLE else f", {category}")
    said = printed.get((pair.a, pair.b, category), "")
    return (
        cells.text(name),
        cells.number(pair.n),
        _coefficient(c.pearson),
        _interval(c.pearson, c.fisher_low, c.fisher_high),
        _interval(c.pearson, c.bca_low, c.bca_high),
        _coefficient(c.spearman),
        _coefficient(c.kendall),
        cells.number(c.p_permutation, "{:.2g}"),
        Cell(said, value=float(said)) if said else cells.absent("–"),
    )


def _coefficient(value: float) -> Cell:
    return Cell(f"{value:.3f}".replace("-", "−"), value=value)


def _interval(value: float, low: float, high: float) -> Cell:
    said = f"{low:.2f} to {high:.2f}".replace("-", "−")
    return Cell(said, value=value, low=low, high=high)
