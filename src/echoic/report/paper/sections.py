"""The paper's part of the page: its claims, its tables and figures, the user's models beside."""

from pathlib import Path

from echoic.report import cells
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.paper import figures, tables
from echoic.report.paper.checks import FAILS, HOLDS, OURS, PARTLY, Claim, Rule
from echoic.report.paper.claims_audio import AUDIO_CLAIMS
from echoic.report.paper.claims_figures import ARITHMETIC_CLAIMS, FIGURE_CLAIMS
from echoic.report.paper.claims_text import TEXT_CLAIMS
from echoic.report.paper.mine import Mine
from echoic.report.paper.numbers import SOURCE, Paper
from echoic.report.sections import Section
from echoic.report.summary import Summary

CLAIMS: dict[str, tuple[Rule, ...]] = {
    "Knowledge and cascade": TEXT_CLAIMS,
    "Audio models": AUDIO_CLAIMS,
    "Figures 2 and 3": FIGURE_CLAIMS,
    "Arithmetic": ARITHMETIC_CLAIMS,
}


def check(paper: Paper) -> dict[str, tuple[Claim, ...]]:
    """All claims, checked, by subject."""
    return {subject: tuple(rule(paper) for rule in rules) for subject, rules in CLAIMS.items()}


def paper_sections(paper: Paper, mine: Mine, folder: Path) -> list[Section]:
    """Claims, tables and figures of the paper; figures written to `folder`."""
    return [
        Section(
            "paper-claims",
            "Paper: claims",
            "The paper's claims against its own numbers",
            "What the paper or its authors' page says, and what the tables invite to conclude "
            "(marked as ours), in our words. Each statement is split into checks that are computed "
            "from the printed numbers: it holds when all checks do, and holds partly when some do.",
            tables=(claims_table(paper),),
        ),
        Section(
            "paper-tables",
            "Paper: tables",
            f"The tables of {SOURCE}",
            "Rebuilt cell by cell from the printed numbers. Models measured here stand below, "
            "where the benchmark is the same one; akb-open is not AKB-2000, and never shares a "
            "column with it.",
            tables=(
                tables.paper_table(paper, "Table 1", mine),
                tables.hardest_table(paper),
                tables.paper_table(paper, "Table 3", mine),
                tables.paper_table(paper, "Table 4", mine),
            ),
            folded=(tables.paper_table(paper, "Figure 3", mine),),
        ),
        Section(
            "paper-figure-2",
            "Paper: Figure 2",
            f"Figure 2 of {SOURCE}: do the evaluations agree?",
            "One panel for each pair of averages, r with Fisher's interval above it. Eight models "
            "leave wide intervals. Models measured here are drawn but not part of r.",
            tables=(tables.correlation_table(paper),),
            drawings=tuple(figures.figure_2(paper, mine, folder)),
        ),
        Section(
            "paper-figure-3",
            "Paper: Figure 3",
            f"Figure 3 of {SOURCE}: cascade against audio within a domain",
            "Heights as read off the plot, x-values from Table 3. Hollow marks show where the "
            "figure draws the Phi models: at another column's x, from which the coefficients "
            "follow that it prints.",
            drawings=tuple(figures.figure_3(paper, mine, folder)),
        ),
    ]


def claims_table(paper: Paper) -> Table:
    """One row a claim: verdict, where its numbers stand, and every check with its numbers."""
    return Table(
        key="paper-claims",
        caption=f"Claims of {SOURCE}, checked",
        columns=(
            Column("Claim", False),
            Column("By", False),
            Column("Verdict", False),
            Column("From", False),
            Column("Checks and their numbers", False),
            Column("Met"),
        ),
        groups=tuple(
            Group(subject, tuple(map(_row, claims))) for subject, claims in check(paper).items()
        ),
        labels=5,
        note="Differences between two models come with Newcombe's 95% interval for unpaired "
        "shares; both answered the same questions, so a paired interval would be narrower. Orders "
        "are taken from the printed numbers, whatever their intervals.",
        group_name="subject",
    )


def _row(claim: Claim) -> tuple[Cell, ...]:
    said = ";\n".join(
        f"{'yes' if check.holds else 'no'}: {check.numbers}" for check in claim.checks
    )
    return (
        cells.text(claim.says),
        cells.text(claim.whose),
        cells.text(claim.verdict),
        cells.text(claim.where),
        cells.text(said),
        Cell(f"{claim.met} of {len(claim.checks)}", value=claim.met, n=len(claim.checks)),
    )


def paper_summary(paper: Paper) -> Summary:
    """The top of a page that shows the paper alone."""
    claims = [claim for some in check(paper).values() for claim in some]
    verdicts = {
        verdict: [claim for claim in claims if claim.verdict == verdict]
        for verdict in (HOLDS, PARTLY, FAILS)
    }
    ours = sum(claim.whose == OURS for claim in claims)
    models = len({score.model for score in paper.scores if score.mode == "text"})
    return Summary(
        ran=(
            f"The published numbers of {SOURCE}: {models} text models, "
            f"{len(paper.column('MMAU audio'))} audio models built on them; Tables 1 to 4, Figures "
            f"2 and 3, and {len(claims)} claims checked against them, {ours} of them ours: "
            + ", ".join(
                f"{len(some)} {_verb(verdict, len(some))}" for verdict, some in verdicts.items()
            )
            + "."
        ),
        headlines={},
        sentences=tuple(
            f"{claim.says} {claim.verdict.capitalize()} "
            f"({claim.met} of {len(claim.checks)} checks; by: {claim.whose})."
            for verdict in (FAILS, PARTLY)
            for claim in verdicts[verdict]
        ),
        caution="Nothing here was measured again: a check shows whether the published numbers bear "
        "a statement out, not whether the statement is true.",
        heading="What does not hold, or only partly",
        note="Accuracies in percent with 95% Wilson intervals, which take questions as "
        "independent. Every coefficient comes with its intervals; with eight models they are wide.",
    )


def _verb(verdict: str, count: int) -> str:
    if count == 1:
        return {HOLDS: "holds", PARTLY: "holds partly", FAILS: "does not hold"}[verdict]
    return {HOLDS: "hold", PARTLY: "hold partly", FAILS: "do not hold"}[verdict]
