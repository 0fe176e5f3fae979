"""Claims on the text-only evaluations: knowledge (Tables 1 and 2) and cascade (Table 3)."""

from collections.abc import Iterator

from echoic.analysis.scores import WHOLE
from echoic.models.backbone import facts
from echoic.report.paper.checks import (
    CASCADES,
    METRICS,
    OURS,
    PAGE,
    PAPER,
    TEXT,
    TEXT_ONLY,
    Check,
    above,
    besides,
    chain,
    claim,
    gap,
    rising,
    shown,
)
from echoic.report.paper.numbers import Paper, mean, order

OPEN_FAMILIES = ("Qwen", "Llama", "Phi", "OLMo")
SUBSTANTIAL_POINTS = 10
PHONETIC = "Phonetic"
SPOKEN = ("Phonetics & Phonology", "Stress & Emphasis", "Syllable & Stress", "Rhyme")
OLMO_STAGES = ("OLMo-3-7B-SFT", "OLMo-3-7B-DPO", "OLMo-3-7B")
SIZES = (("Qwen3-4B", "Qwen3-8B", "Qwen3-14B"), ("Phi-4-mini-4B", "Phi-4-14B"))
NEAR = ("Qwen3-14B", "Gemini-2.0-Flash")
CAPTIONERS = ("Official Baselines†", "Whisper-large-v3", "Omni-captioner", "Gemini-caption")


@claim(
    "families",
    "Auditory knowledge varies substantially between families.",
    whose=PAPER,
    where="Table 1",
)
def _families_differ(paper: Paper) -> Iterator[Check]:
    means = {name: mean(paper.family(TEXT, name).values()) for name in OPEN_FAMILIES}
    ranked = order(means)
    width = means[ranked[0]] - means[ranked[-1]]
    yield Check(
        f"means of open-weight families {', '.join(f'{n} {shown(means[n])}' for n in ranked)}: "
        f"{shown(width)} points apart, {SUBSTANTIAL_POINTS} or more",
        width >= SUBSTANTIAL_POINTS,
    )
    entries = paper.backbones[TEXT, WHOLE]
    best, worst = (order(paper.open_weight(TEXT))[i] for i in (0, -1))
    low, _, said = gap(entries[best], entries[worst])
    yield Check(f"{best} minus {worst}: {said}, without zero", low > 0)


@claim(
    "proprietary",
    "Every proprietary model scores above every open-weight one.",
    whose=OURS,
    where="Tables 1, 3",
)
def _proprietary_ahead(paper: Paper) -> Iterator[Check]:
    for metric in TEXT_ONLY:
        weights = paper.open_weight(metric)
        closed = {m: v for m, v in paper.column(metric).items() if m not in weights}
        yield above(metric, closed, weights, ("proprietary", "open-weight"))


@claim(
    "phonetic",
    "Phonetic is the lowest category, on average and for each model.",
    whose=PAPER,
    where="Table 1",
)
def _phonetic_lowest(paper: Paper) -> Iterator[Check]:
    columns = {name: paper.column(TEXT, name) for name in paper.categories(TEXT)}
    means = {name: mean(paper.open_weight(TEXT, name).values()) for name in columns}
    said = ", ".join(f"{name} {shown(means[name])}" for name in reversed(order(means)))
    yield Check(f"means of the open-weight models: {said}", order(means)[-1] == PHONETIC)
    models = paper.column(TEXT)
    lowest = {model: min(columns, key=lambda name: columns[name][model]) for model in models}
    others = [f"{model} ({name})" for model, name in lowest.items() if name != PHONETIC]
    yield Check(
        f"lowest for {len(models) - len(others)} of {len(models)} models{besides(others)}",
        not others,
    )


@claim(
    "phonology",
    "Text-only models struggle with the sounds of language: pronunciation, stress, rhyme.",
    whose=PAGE,
    where="Tables 1, 2",
)
def _phonology_hard(paper: Paper) -> Iterator[Check]:
    whole, part = paper.column(TEXT), paper.column(TEXT, PHONETIC)
    below = sum(part[model] < whole[model] for model in whole)
    yield Check(
        f"Phonetic below a model's own average: {below} of {len(whole)} models",
        below == len(whole),
    )
    average = mean(paper.open_weight(TEXT).values())
    spoken = {name: value for name, value in paper.hardest.items() if name in SPOKEN}
    yield Check(
        f"{chain(spoken, order(spoken))}, all below the open-weight average of {shown(average)}",
        len(spoken) == len(SPOKEN) and max(spoken.values()) < average,
    )


@claim(
    "hardest",
    "The five hardest subcategories are all about how words sound when spoken.",
    whose=PAGE,
    where="Table 2",
)
def _hardest_spoken(paper: Paper) -> Iterator[Check]:
    others = [name for name in paper.hardest if name not in SPOKEN]
    total = len(paper.hardest)
    yield Check(f"{total - len(others)} of {total}{besides(others)}", not others)


@claim(
    "order",
    "The order of the open-weight models is the same in every category.",
    whose=PAPER,
    where="Table 1",
)
def _same_order(paper: Paper) -> Iterator[Check]:
    columns = [paper.open_weight(TEXT, name) for name in paper.categories(TEXT)]
    wanted = _family_order(paper.open_weight(TEXT))
    kept = sum(_family_order(column) == wanted for column in columns)
    yield Check(
        f"families in the order of their averages ({', '.join(wanted)}): {kept} of {len(columns)} "
        "categories",
        kept == len(columns),
    )
    whole = order(paper.open_weight(TEXT))
    pairs = [(a, b) for i, a in enumerate(whole) for b in whole[i + 1 :]]
    turned = [sum(column[a] < column[b] for a, b in pairs) for column in columns]
    yield Check(
        f"the {len(whole)} models in the order of their averages: {turned.count(0)} of "
        f"{len(columns)} categories; {sum(turned)} of {len(columns) * len(pairs)} pairs turned",
        not any(turned),
    )


def _family_order(column: dict[str, float]) -> list[str]:
    def members(family: str) -> list[float]:
        return [value for model, value in column.items() if facts(model).family == family]

    return order({family: mean(members(family)) for family in OPEN_FAMILIES})


@claim(
    "qwen",
    "Qwen outperforms Llama in all evaluations (each Qwen model above each Llama model).",
    whose=PAGE,
    where="Tables 1, 3, 4",
)
def _qwen_above_llama(paper: Paper) -> Iterator[Check]:
    for metric in METRICS:
        qwen, llama = paper.family(metric, "Qwen"), paper.family(metric, "Llama")
        yield above(metric, qwen, llama, ("Qwen", "Llama"))


@claim(
    "llama",
    "Llama-3.1-8B falls below Llama-3-8B.",
    whose=PAPER,
    where="Tables 1, 3",
)
def _llama_steps_back(paper: Paper) -> Iterator[Check]:
    for metric in TEXT_ONLY:
        entries = paper.backbones[metric, WHOLE]
        newer, older = entries["Llama-3.1-8B"], entries["Llama-3-8B"]
        low, high, said = gap(newer, older)
        clear = "" if low > 0 or high < 0 else ", zero inside"
        yield Check(f"{metric}: {said}{clear}", newer.score.accuracy < older.score.accuracy)


@claim(
    "olmo",
    "Each stage of OLMo-3's post-training (SFT, DPO, final) adds to the one before.",
    whose=PAPER,
    where="Tables 1, 3",
)
def _olmo_stages(paper: Paper) -> Iterator[Check]:
    yield from _steps(paper, OLMO_STAGES)


@claim(
    "size",
    "Within one generation a larger model does better.",
    whose=OURS,
    where="Tables 1, 3",
)
def _larger_knows_more(paper: Paper) -> Iterator[Check]:
    yield from _steps(paper, *SIZES)


def _steps(paper: Paper, *lines: tuple[str, ...]) -> Iterator[Check]:
    for metric in TEXT_ONLY:
        values = paper.column(metric)
        for models in lines:
            yield Check(f"{metric}: {chain(values, models)}", rising(values, models))


@claim(
    "near",
    f"{NEAR[0]} comes near {NEAR[1]} (zero inside the interval of their difference).",
    whose=PAPER,
    where="Tables 1, 3",
)
def _near_gemini(paper: Paper) -> Iterator[Check]:
    for metric in TEXT_ONLY:
        ours, theirs = (paper.backbones[metric, WHOLE][model] for model in NEAR)
        low, high, said = gap(ours, theirs)
        yield Check(
            f"{metric}: {shown(ours.score.accuracy)} − {shown(theirs.score.accuracy)} = {said}",
            low <= 0 <= high,
        )


@claim(
    "captioners",
    "With one LLM, Gemini's captions do best, then Omni-captioner's, Whisper's transcripts and the "
    "official baselines, overall and in every domain.",
    whose=PAPER,
    where="Table 3",
)
def _captioner_ranking(paper: Paper) -> Iterator[Check]:
    for metric in CASCADES:
        for category in (WHOLE, *paper.categories(metric)):
            values = paper.group(metric, "Captioner", category)
            name = f"{metric.split()[0]} {category}"
            yield Check(f"{name}: {chain(values, CAPTIONERS)}", rising(values, CAPTIONERS))


@claim(
    "transcripts",
    "On speech a transcript alone does as well as the best captions.",
    whose=OURS,
    where="Table 3",
)
def _transcripts_for_speech(paper: Paper) -> Iterator[Check]:
    for metric in CASCADES:
        values = paper.group(metric, "Captioner", "Speech")
        whisper, best = values["Whisper-large-v3"], values["Gemini-caption"]
        yield Check(
            f"{metric.split()[0]} Speech: Whisper {shown(whisper)}, Gemini {shown(best)}",
            whisper >= best,
        )


TEXT_CLAIMS = (
    _families_differ,
    _proprietary_ahead,
    _phonetic_lowest,
    _phonology_hard,
    _hardest_spoken,
    _same_order,
    _qwen_above_llama,
    _llama_steps_back,
    _olmo_stages,
    _larger_knows_more,
    _near_gemini,
    _captioner_ranking,
    _transcripts_for_speech,
)
