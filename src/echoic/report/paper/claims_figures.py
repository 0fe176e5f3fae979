"""Claims on Figures 2 and 3, and on the arithmetic of the tables."""

from collections.abc import Iterator

from echoic.analysis.scores import WHOLE, Pair
from echoic.report.paper.checks import AUDIO, OURS, PAPER, TEXT, TEXT_ONLY, Check, claim
from echoic.report.paper.numbers import Entry, Paper, PrintedCorrelation
from echoic.report.paper.shifted import FAMILY, shifted_panel

STRONG = 0.7


@claim(
    "figure-2",
    "Figure 2's coefficients follow from Tables 1, 3 and 4.",
    whose=PAPER,
    where="Figure 2",
)
def _figure2_follows(paper: Paper) -> Iterator[Check]:
    for printed in paper.printed:
        if printed.figure == 2:
            pair = paper.pair(printed.a, printed.b)
            yield Check(
                f"{pair.a} ~ {pair.b}: {_r(pair)}, printed {printed.r}", _rounds_to(pair, printed)
            )


@claim(
    "audio-r",
    f"Text-only results correlate strongly (r of {STRONG} or more) with audio performance.",
    whose=PAPER,
    where="Figure 2",
)
def _text_predicts_audio(paper: Paper) -> Iterator[Check]:
    pairs = _text_to_audio(paper)
    for pair in pairs:
        yield Check(f"{pair.a} ~ {pair.b}: {_r(pair)}, {STRONG} or more", _value(pair) >= STRONG)
    found = [pair.correlation for pair in pairs if pair.correlation]
    sure = sum(c.bca_low > 0 for c in found)
    yield Check(f"above zero by the BCa interval: {sure} of {len(pairs)} pairs", sure == len(pairs))
    proven = sum(c.fisher_low >= STRONG for c in found)
    yield Check(
        f"shown to be {STRONG} or more by Fisher's interval: {proven} of {len(pairs)} pairs",
        proven == len(pairs),
    )


@claim(
    "audio-audio",
    "The two audio scores agree less with each other than text-only scores do with either.",
    whose=OURS,
    where="Figure 2",
)
def _audio_disagrees(paper: Paper) -> Iterator[Check]:
    between, lowest = paper.pair(*AUDIO), min(_text_to_audio(paper), key=_value)
    yield Check(
        f"{between.a} ~ {between.b}: {_r(between)}; the lowest text to audio is {lowest.a} ~ "
        f"{lowest.b}: {_value(lowest):.3f}",
        _value(between) < _value(lowest),
    )


@claim(
    "figure-3",
    "Figure 3's coefficients follow from Table 3's cascade scores and the audio scores it shows.",
    whose=PAPER,
    where="Figure 3",
)
def _figure3_follows(paper: Paper) -> Iterator[Check]:
    for printed in paper.printed:
        if printed.figure == 3:
            benchmark, domain = printed.a.split()[0], printed.category
            pair = paper.domain_pairs[benchmark, domain]
            drawn = shifted_panel(paper, benchmark, domain)
            yield Check(
                f"{benchmark} {domain}: {_r(pair)}, printed {printed.r}"
                + (f"; {drawn.r:.3f} with the {FAMILY} models at {drawn.column}" if drawn else ""),
                _rounds_to(pair, printed),
            )


@claim(
    "counts",
    "Every printed percentage is a whole number of questions out of n.",
    whose=OURS,
    where="Tables 1, 3, 4, Figure 3",
)
def _percentages_are_counts(paper: Paper) -> Iterator[Check]:
    for name, entries in paper.tables.items():
        counted = [entry for entry in entries if entry.score.n is not None]
        odd = [
            f"{e.score.model}, {e.score.benchmark} {e.score.category}: {e.digits} of {e.score.n}"
            for e in counted
            if not _is_count(e)
        ]
        if counted:
            said = f"{name}: {len(counted) - len(odd)} of {len(counted)}"
            yield Check(said + (f"; not {'; '.join(odd)}" if odd else ""), not odd)


@claim(
    "sums",
    "A model's average is its categories' right answers added up (on MMAR the mixed clips are "
    "missing from the columns).",
    whose=OURS,
    where="Tables 1, 3, 4, Figure 3",
)
def _averages_add_up(paper: Paper) -> Iterator[Check]:
    for metric in (TEXT, "MMAU cascade", "MMAU audio"):
        whole = paper.backbones[metric, WHOLE]
        parts = [paper.backbones[metric, name] for name in paper.categories(metric)]
        right = 0
        for model, entry in whole.items():
            counts = [part[model].correct for part in parts]
            right += sum(k for k in counts if k is not None) == entry.correct
        yield Check(f"{metric}: {right} of {len(whole)} models", right == len(whole))


def _text_to_audio(paper: Paper) -> list[Pair]:
    return [paper.pair(text, audio) for audio in AUDIO for text in TEXT_ONLY]


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


FIGURE_CLAIMS = (_figure2_follows, _text_predicts_audio, _audio_disagrees, _figure3_follows)
ARITHMETIC_CLAIMS = (_percentages_are_counts, _averages_add_up)
