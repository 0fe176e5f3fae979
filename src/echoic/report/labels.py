"""How models, categories and runs are named and ordered on the page, and which run stands for a
model where only one can."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from echoic.report.beside import Training, of_study
from echoic.report.runs import Run
from echoic.verdict import Verdict

MODE_TITLES = {"text": "Knowledge", "cascade": "Cascade", "audio": "Audio"}
CATEGORY_ORDER = (
    "Sound", "Paralinguistic", "Phonetic", "Music", "Audio Quality", "Technical", "Speech",
)  # fmt: skip  # Table 1 of the paper, then what only its audio tables have
CONTROL_TITLES = {
    "no-audio": "No audio",
    "options-only": "Options only",
    "other-clip": "Another clip",
    "transcript-only": "Transcript only",
    "shuffled": "Options shuffled",
}
CONTROL_MEANINGS = {
    "no-audio": "the question without any clip or caption: what text alone gives away",
    "options-only": "the options without the question: what their wording gives away",
    "other-clip": "the question with a different clip: what the mere presence of audio gives",
    "transcript-only": "the spoken words without the connector's queries: what reading gives",
    "shuffled": "the same questions with the options in other orders",
}
ORACLE = "oracle"
PAPER_RECIPE = "paper"

Item = TypeVar("Item")


def category(name: str) -> str:
    """A category's heading: as it is, but never all lower case."""
    return name[:1].upper() + name[1:] if name else "Uncategorised"


def place(verdict: Verdict) -> tuple[str, str]:
    """Category and subcategory."""
    return verdict.category, verdict.subcategory


def places(verdicts: Iterable[Verdict]) -> dict[tuple[str, str], str]:
    """`place` -> the subcategory, with its category before it where several have one so named."""
    found = set(map(place, verdicts))
    named = Counter(name for _, name in found)
    return {
        (one, name): f"{category(one)}: {name}" if named[name] > 1 else name for one, name in found
    }


def in_order(names: Iterable[str]) -> list[str]:
    """Each category once, in the paper's order, unknown ones after, alphabetically."""
    known = {name: index for index, name in enumerate(CATEGORY_ORDER)}
    return sorted(set(names), key=lambda name: (known.get(name, len(known)), name))


def control_order(name: str) -> tuple[int, str]:
    """Sort key: the known controls first, in the order they are explained."""
    order = list(CONTROL_TITLES)
    return (order.index(name) if name in order else len(order), name)


def control(name: str) -> str:
    """A control's heading."""
    return CONTROL_TITLES.get(name, name.replace("-", " ").capitalize())


def grouped(items: Iterable[Item], key: Callable[[Item], str]) -> dict[str, list[Item]]:
    """Items by key, keys in order of first appearance."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def preference(run: Run) -> tuple[object, ...]:
    """Sort key: the run that stands for a model comes first.

    Never by outcome: likelihood before free answers (models too small to follow instructions),
    learnt captions before the oracle's, recipes and captioners by name with the paper's own recipe
    last among several, then the lowest seeds.
    """
    return (
        run.answering != "likelihood",
        run.captioner.startswith(ORACLE),
        run.recipe == PAPER_RECIPE,
        run.captioner,
        run.recipe,
        run.prompt_name,
        _number(run.training_seed),
        _number(run.seed),
        run.study,
    )


def _number(text: str) -> tuple[int, str]:
    return (int(text), "") if text.isdigit() else (0, text)


def way(run: Run) -> str:
    """How a run answered."""
    return f"{run.answering} answers" if run.answering == "free" else run.answering


def details(run: Run, among: Sequence[Run]) -> str:
    """What tells a run from others of the same model: how it answered, then whatever differs
    between the runs that answered so, and its folder where nothing does."""
    alike = [other for other in among if other.answering == run.answering]
    parts = [way(run)]
    for text, key in DIFFERENCES:
        if len({key(other) for other in alike}) > 1 and key(run):
            parts.append(text.format(key(run)))
    if any(_asked(other) == _asked(run) for other in alike if other.folder != run.folder):
        parts.append(f"run {run.label}")
    return ", ".join(parts)


def _asked(run: Run) -> tuple[object, ...]:
    """All that names tell of a run: two alike in it are told apart by their folders."""
    what = (run.mode, run.benchmark, run.control, system(run))
    return (*what, *(key(run) for _, key in DIFFERENCES))


def told_apart(name: str, run: Run, peers: Sequence[Run]) -> str:
    """The name, with how it was asked where several runs would share it."""
    return name if len(peers) < 2 else f"{name} ({details(run, peers)})"


def _prompt(run: Run) -> str:
    return run.prompt_name


def _seed(run: Run) -> str:
    return run.seed


def _limit(run: Run) -> str:
    return run.text("limit")


def _training_seed(run: Run) -> str:
    return run.training_seed


def _rule(run: Run) -> str:
    return run.rule


DIFFERENCES = (
    ("{} rule", _rule),
    ("prompt {}", _prompt),
    ("training seed {}", _training_seed),
    ("seed {}", _seed),
    ("subset of {}", _limit),
)


def backbone(run: Run) -> str:
    """The backbone, with the study it was measured in where there are several."""
    return of_study(run.backbone, run.study)


def system(run: Run) -> str:
    """Backbone with its recipe or captioner: the system that was asked; and its study, as above."""
    extra = run.recipe or run.captioner
    return f"{backbone(run)} · {extra}" if extra else backbone(run)


def full_name(run: Run, among: Sequence[Run]) -> str:
    """A system with what tells it from the others, where anything does."""
    peers = [other for other in among if system(other) == system(run)]
    return told_apart(system(run), run, peers)


def evaluation(run: Run) -> str:
    """What was evaluated, and which control it was."""
    mode = MODE_TITLES.get(run.mode, run.mode)
    return f"{mode}, control: {control(run.control).lower()}" if run.control else mode


def rule_note(runs: Sequence[Run]) -> str:
    """One sentence on how the runs answered and which rule decided."""
    ways = sorted({(run.answering, run.rule) for run in runs})
    said = {
        "free": "free generation",
        "likelihood": "option likelihood (length-normalised; every question gets an answer)",
    }
    return (
        "Answered by "
        + "; ".join(
            f"{said.get(answering, answering)}, decided by the {rule} rule"
            for answering, rule in ways
        )
        + "."
    )


def training(record: Training, among: Sequence[Training]) -> str:
    """A training's recipe, with its seed where the same recipe was trained with several."""
    peers = [(other.recipe, other.backbone) for other in among]
    several = peers.count((record.recipe, record.backbone)) > 1
    return f"{record.recipe}, seed {record.seed}" if several and record.seed else record.recipe
