"""Claims on Figures 2 and 3, and on the arithmetic of the tables."""

from dataclasses import dataclass

from echoic.analysis.correlation import checked, pearson
from echoic.analysis.scores import WHOLE, Pair
from echoic.models.backbone import facts
from echoic.report.paper.checks import AUDIO, TEXT, TEXT_ONLY, Check, Claim, count
from echoic.report.paper.numbers import Entry, Paper, PrintedCorrelation, order

STRONG = 0.7
SHIFTED_FAMILY = "Phi"


def text_agrees(paper: Paper) -> Claim:
    """Knowledge and cascades rank models alike; the figure prints one number three times."""
    return Claim(
        "text-r",
        "Among the text-only evaluations r is 0.94 in all three pairs, as Figure 2 prints.",
        "Figure 2",
        tuple(
            Check(
                f"{printed.a} ~ {printed.b}: {_r(paper.pair(printed.a, printed.b))}, printed "
                f"{printed.r}",
                _rounds_to(paper.pair(printed.a, printed.b), printed),
            )
            for printed in paper.printed
            if printed.figure == 2
        ),
    )


def text_predicts_audio(paper: Paper) -> Claim:
    """Text-only results are strongly correlated with audio performance."""
    pairs = [paper.pair(text, audio) for audio in AUDIO for text in TEXT_ONLY]
    strong = tuple(
        Check(f"{pair.a} ~ {pair.b}: {_r(pair)}, {STRONG} or more", _value(pair) >= STRONG)
        for pair in pairs
    )
    sure = [pair for pair in pairs if pair.correlation and pair.correlation.bca_low > 0]
    proven = [pair for pair in pairs if pair.correlation and pair.correlation.fisher_low >= STRONG]
    return Claim(
        "audio-r",
        f"Text-only results correlate strongly (r of {STRONG} or more) with audio performance.",
        "Figure 2",
        (
            *strong,
            Check(
                f"above zero by the BCa interval: {count(len(sure), len(pairs))} pairs",
                len(sure) == len(pairs),
            ),
            Check(
                f"shown to be {STRONG} or more by Fisher's interval: "
                f"{count(len(proven), len(pairs))} pairs",
                len(proven) == len(pairs),
            ),
        ),
    )


def audio_disagrees(paper: Paper) -> Claim:
    """The two audio scores agree less with each other than with text."""
    between = paper.pair(*AUDIO)
    pairs = [paper.pair(text, audio) for audio in AUDIO for text in TEXT_ONLY]
    lowest = min(pairs, key=_value)
    return Claim(
        "audio-audio",
        "The two audio scores agree less with each other than text-only scores do with either.",
        "Figure 2",
        (
            Check(
                f"{between.a} ~ {between.b}: {_r(between)}; the lowest text to audio is "
                f"{lowest.a} ~ {lowest.b}: {_value(lowest):.3f}",
                _value(between) < _value(lowest),
            ),
        ),
    )


def knowledge_predicts_best(paper: Paper) -> Claim:
    """Knowledge questions predict audio at least as well as a cascade does."""
    checks = []
    for audio in AUDIO:
        values = {text: _value(paper.pair(text, audio)) for text in TEXT_ONLY}
        said = ", ".join(f"{text} {values[text]:.3f}" for text in order(values))
        checks.append(Check(f"to {audio}: {said}", order(values)[0] == TEXT))
    return Claim(
        "proxy",
        "Of the text-only scores, knowledge questions predict audio best.",
        "Figure 2",
        tuple(checks),
    )


@dataclass(frozen=True)
class Shifted:
    """A panel of Figure 3 with Table 3's x, and with the next column's x for one family.

    `moved` maps the models of that family to (own x, x of the next column, y), in percent.
    """

    pair: Pair
    next_category: str
    r: float
    moved: dict[str, tuple[float, float, float]]


def shifted_panel(paper: Paper, benchmark: str, category: str) -> Shifted | None:
    """What a panel looks like when the family's x comes from the next column of Table 3.

    None for the last column, which has no next one in the same benchmark.
    """
    metric = f"{benchmark} cascade"
    names = paper.categories(metric)
    if category == names[-1]:
        return None
    pair = paper.domain_pairs[benchmark, category]
    after = names[names.index(category) + 1]
    other = paper.column(metric, after)
    places = zip(pair.models, pair.x, pair.y, strict=True)
    moved = {m: (x, other[m], y) for m, x, y in places if facts(m).family == SHIFTED_FAMILY}
    x = [moved[m][1] if m in moved else value for m, value in zip(pair.models, pair.x, strict=True)]
    return Shifted(pair, after, float(pearson(*checked(x, pair.y))), moved)


def figure3_places(paper: Paper) -> Claim:
    """Figure 3's coefficients follow from Tables 3 and 4's numbers."""
    checks = []
    for printed in paper.printed:
        if printed.figure != 3:
            continue
        benchmark = printed.a.split()[0]
        pair = paper.domain_pairs[benchmark, printed.category]
        shifted = shifted_panel(paper, benchmark, printed.category)
        instead = (
            f"; with the {SHIFTED_FAMILY} models' x from the column {shifted.next_category} it is "
            f"{shifted.r:.3f}"
            if shifted
            else ""
        )
        checks.append(
            Check(
                f"{benchmark} {printed.category}: {_r(pair)} with Table 3's x, printed {printed.r}"
                + instead,
                _rounds_to(pair, printed),
            )
        )
    return Claim(
        "figure-3",
        "Figure 3 shows Table 3's cascade scores on its x-axis, and its coefficients follow from "
        "them.",
        "Figure 3",
        tuple(checks),
    )


def percentages_are_counts(paper: Paper) -> Claim:
    """Every printed percentage is a count out of its n."""
    checks = []
    for name, entries in paper.tables.items():
        counted = [entry for entry in entries if entry.score.n is not None]
        odd = [entry for entry in counted if not _is_count(entry)]
        said = "; ".join(
            f"{e.score.model}, {e.score.benchmark} {e.score.category}: {e.digits} of {e.score.n}"
            for e in odd
        )
        if counted:
            right = count(len(counted) - len(odd), len(counted))
            checks.append(Check(f"{name}: {right}" + (f"; not {said}" if odd else ""), not odd))
    return Claim(
        "counts",
        "Every printed percentage is a whole number of questions out of n.",
        "Tables 1, 3 and 4, Figure 3",
        tuple(checks),
    )


def averages_add_up(paper: Paper) -> Claim:
    """Averages are the categories' counts added up."""
    checks = []
    for metric, table in ((TEXT, "Table 1"), ("MMAU cascade", "Table 3"), ("MMAU audio", "")):
        whole, right = paper.backbones[metric, WHOLE], 0
        for model, entry in whole.items():
            parts = [
                paper.backbones[metric, name][model].correct for name in paper.categories(metric)
            ]
            right += None not in parts and sum(k or 0 for k in parts) == entry.correct
        checks.append(
            Check(
                f"{metric} ({table or 'Table 4 from Figure 3'}): {count(right, len(whole))} models",
                right == len(whole),
            )
        )
    return Claim(
        "sums",
        "A model's average is its categories' right answers added up (on MMAR the mixed clips are "
        "missing from the columns).",
        "Tables 1, 3 and 4, Figure 3",
        tuple(checks),
    )


def _is_count(entry: Entry) -> bool:
    """Whether some whole k gives the printed digits."""
    n = entry.score.n or 1
    places = len(entry.digits.partition(".")[2])
    nearest = round(entry.score.accuracy * n / 100)
    return f"{100 * nearest / n:.{places}f}" == entry.digits


def _value(pair: Pair) -> float:
    assert pair.correlation is not None  # the paper's metrics share 8 models or more
    return pair.correlation.pearson


def _r(pair: Pair) -> str:
    """r with both intervals and n."""
    c = pair.correlation
    assert c is not None
    return (
        f"r = {c.pearson:.3f} (n = {c.n}, Fisher {c.fisher_low:.2f} to {c.fisher_high:.2f}, "
        f"BCa {c.bca_low:.2f} to {c.bca_high:.2f})"
    ).replace("-", "−")


def _rounds_to(pair: Pair, printed: PrintedCorrelation) -> bool:
    places = len(printed.r.partition(".")[2])
    return f"{_value(pair):.{places}f}" == printed.r


FIGURE_CLAIMS = (
    text_agrees,
    text_predicts_audio,
    audio_disagrees,
    knowledge_predicts_best,
    figure3_places,
)
ARITHMETIC_CLAIMS = (percentages_are_counts, averages_add_up)
