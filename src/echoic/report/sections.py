"""The parts of the page: what each shows, in which order, and what it says when it has nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from echoic.analysis.correlation import FEWEST_MODELS
from echoic.analysis.scores import Pair
from echoic.evals.run_folder import PREDICTIONS
from echoic.report import (
    contrasts,
    controls,
    costs,
    dots,
    figures,
    leaderboard,
    ledger,
    positions,
    subcategories,
    tables,
)
from echoic.report.cells import Table
from echoic.report.plots import Drawing
from echoic.report.questions import QuestionBook
from echoic.report.runs import Material


@dataclass(frozen=True)
class Section:
    """One part of the page. `folded` tables are shown on demand; `missing` says why when there is
    nothing to show."""

    key: str
    short: str
    title: str
    lead: str
    tables: tuple[Table, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    remarks: tuple[str, ...] = ()
    folded: tuple[Table, ...] = ()
    missing: str = ""
    paired: bool = False  # figures two by two

    @property
    def empty(self) -> bool:
        """Whether `missing` is all that can be said."""
        return not (self.tables or self.drawings or self.folded)

    @property
    def all_tables(self) -> tuple[Table, ...]:
        """Shown and folded tables."""
        return (*self.tables, *self.folded)


def present(*found: Table | None) -> tuple[Table, ...]:
    """The tables that could be made."""
    return tuple(table for table in found if table is not None)


def results(
    material: Material, book: QuestionBook, pairs: Sequence[Pair], folder: Path
) -> list[Section]:
    """Every section with results, figures written to `folder`."""
    runs = material.runs
    return [
        *_overview(material),
        Section(
            "knowledge",
            "Knowledge",
            "Knowledge",
            "What a backbone knows about sound from text alone: multiple-choice questions, no "
            "audio, no caption.",
            tables=tuple(tables.main_tables(runs, "text")),
            missing="Not run: no knowledge evaluation was found.",
        ),
        Section(
            "cascade",
            "Cascade",
            "Cascade",
            "A captioner turns each clip into text; the backbone answers from that text. The "
            "oracle's caption is the exact description of the clip, an upper bound for captions.",
            tables=tuple(tables.main_tables(runs, "cascade")),
            missing="Not run: no cascade was found.",
        ),
        Section(
            "audio",
            "Audio",
            "Audio",
            "The backbone with a trained connector to an audio encoder: it hears the clip.",
            tables=(*tables.main_tables(runs, "audio"), *tables.type_tables(runs)),
            missing="Not run: no audio evaluation was found.",
        ),
        Section(
            "subcategories",
            "Subcategories",
            "What is hard",
            "The questions that all models were asked, by subcategory, hardest first: the dot is "
            "the mean over the models with its interval over questions (none for one question, or "
            "for questions that came out alike), the ticks are the models. The heat maps show each "
            "model on all questions that it was asked.",
            drawings=tuple(subcategories.drawings(runs, folder)),
            folded=tuple(subcategories.heat_tables(runs)),
            missing="Not run: no evaluation was found.",
            paired=True,
        ),
        Section(
            "gap",
            "Comparison",
            "Cascade against audio",
            "The same questions through a caption and through the connector. In the panels every "
            "point is one system with the captions it is set against, on the questions that both "
            "ways were asked, and both 95% intervals; on the dashed line both ways are equal.",
            tables=tuple(contrasts.cascade_minus_audio(runs)),
            drawings=tuple(figures.category_scatters(runs, folder)),
            missing="Not run: this takes a cascade and an audio run of the same model, answered "
            "the same way.",
        ),
        _correlations(pairs, folder),
        Section(
            "controls",
            "Controls",
            "Controls",
            "How much of a score would remain without hearing, without the question, or with the "
            "options in another order.",
            tables=(
                *controls.control_scores(runs, book),
                *controls.control_gains(runs, book),
                *positions.position_tables(runs),
            ),
            drawings=tuple(dots.control_plots(runs, book, folder)),
            missing="Not run: no control was found beside an evaluation.",
        ),
        Section(
            "attributes",
            "Attributes",
            "Attributes",
            "What is heard and what is not: accuracy on each attribute asked about, beside the "
            "controls. Where audio and controls overlap, no learning is shown.",
            drawings=tuple(dots.attribute_plots(runs, book, folder)),
            folded=tuple(controls.attribute_tables(runs)),
            missing="Not run: attributes come from an audio evaluation, and none was found.",
        ),
        Section(
            "training",
            "Training",
            "Recipes and training",
            "How the connectors were trained, and which recipe taught more.",
            tables=(
                *contrasts.recipes(runs),
                *present(
                    costs.training_table(material.trainings),
                    costs.fidelity_table(material.fidelity, material.trainings),
                ),
            ),
            drawings=tuple(figures.training_curves(material.trainings, folder)),
            missing="Not run: no training record was found, and no two recipes to compare.",
        ),
    ]


def _overview(material: Material) -> list[Section]:
    """Leaderboard and studies side by side, where there is more than one of them."""
    board = present(leaderboard.leaderboard(material.runs))
    sides = tuple(leaderboard.side_by_side(material.runs, material.studies))
    found = [
        Section(
            "leaderboard",
            "Leaderboard",
            "Leaderboard",
            "One row a backbone: the run that stands for it in every evaluation.",
            tables=board,
        ),
        Section(
            "studies",
            "Studies",
            "Studies side by side",
            "The same systems in each study. Everywhere on this page the study stands in brackets "
            "behind the model; nothing is averaged over studies.",
            tables=sides,
        ),
    ]
    return [section for section in found if not section.empty]


def _correlations(pairs: Sequence[Pair], folder: Path) -> Section:
    reasons = list(dict.fromkeys(pair.reason for pair in pairs if pair.reason))
    return Section(
        "correlations",
        "Correlations",
        "Does knowledge carry over?",
        "The paper's question: do models that know more from text do better with audio? One panel "
        "for each pair of evaluations over the models that have both. A coefficient takes at "
        f"least {FEWEST_MODELS} models.",
        drawings=tuple(figures.correlation_panels(pairs, folder)),
        remarks=tuple(f"No coefficient where a panel says so: {reason}." for reason in reasons),
        missing="Not drawn: a correlation takes two evaluations that share a model, within one "
        "study.",
    )


def bookkeeping(material: Material) -> list[Section]:
    """What the numbers rest on: cost and runs."""
    rules = present(ledger.rule_table(material.runs))
    kinds, stages = costs.stage_tables(material.stages)
    return [
        Section(
            "cost",
            "Costs",
            "Costs",
            "Where the time went, how much memory each stage took at its peak, and what the "
            "replies cost.",
            tables=(*kinds, *present(costs.token_table(material.runs, material.stages))),
            folded=tuple(stages),
            missing="Not recorded: no stages.jsonl was found, and no run that counted tokens.",
        ),
        Section(
            "runs",
            "Runs",
            "Runs and configuration",
            "Everything needed to run this again and to judge how replies were read.",
            tables=rules,
            folded=(ledger.run_table(material.runs),),
            remarks=tuple(
                f"{'/'.join(folder.parts[-3:])}: started, not finished; left out."
                for folder in material.unfinished
            )
            + tuple(
                f"{'/'.join(folder.parts[-3:])}: the benchmark has no key, so nothing is scored; "
                f"{PREDICTIONS} there holds the answers."
                for folder in material.keyless
            ),
        ),
    ]
