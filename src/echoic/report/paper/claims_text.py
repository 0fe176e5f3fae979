"""Claims on the text-only evaluations: knowledge (Tables 1 and 2) and cascade (Table 3)."""

from echoic.analysis.scores import WHOLE
from echoic.models.backbone import facts
from echoic.report.paper.checks import (
    CASCADES,
    METRICS,
    TEXT,
    TEXT_ONLY,
    Check,
    Claim,
    chain,
    count,
    gap,
    rising,
    shown,
)
from echoic.report.paper.numbers import Paper, mean, order

OPEN_FAMILIES = ("Qwen", "Llama", "Phi", "OLMo")
SUBSTANTIAL_POINTS = 10
PHONETIC = "Phonetic"
PHONOLOGICAL = ("Phonetics & Phonology", "Stress & Emphasis", "Syllable & Stress", "Rhyme")
OLMO_STAGES = ("OLMo-3-7B-SFT", "OLMo-3-7B-DPO", "OLMo-3-7B")
QWEN3_SIZES = ("Qwen3-4B", "Qwen3-8B", "Qwen3-14B")
PHI_SIZES = ("Phi-4-mini-4B", "Phi-4-14B")
NEAR = ("Qwen3-14B", "Gemini-2.0-Flash")
CAPTIONERS = ("Official Baselines†", "Whisper-large-v3", "Omni-captioner", "Gemini-caption")
SPEECH = "Speech"


def families_differ(paper: Paper) -> Claim:
    """Auditory knowledge varies substantially between families."""
    means = {name: mean(paper.family(TEXT, name).values()) for name in OPEN_FAMILIES}
    ranked = order(means)
    width = means[ranked[0]] - means[ranked[-1]]
    best, worst = (order(paper.open_weight(TEXT))[i] for i in (0, -1))
    entries = paper.backbones[TEXT, WHOLE]
    low, _, said = gap(entries[best], entries[worst])
    return Claim(
        "families",
        "Auditory knowledge varies substantially between open-weight families.",
        "Table 1",
        (
            Check(
                f"family means {', '.join(f'{n} {shown(means[n])}' for n in ranked)}: "
                f"{shown(width)} points apart, {SUBSTANTIAL_POINTS} or more",
                width >= SUBSTANTIAL_POINTS,
            ),
            Check(f"{best} minus {worst}: {said}, without zero", low > 0),
        ),
    )


def proprietary_ahead(paper: Paper) -> Claim:
    """Every proprietary model stays ahead of every open-weight one."""
    checks = []
    for metric in TEXT_ONLY:
        weights = paper.open_weight(metric)
        closed = {m: v for m, v in paper.column(metric).items() if m not in weights}
        low, high = order(closed)[-1], order(weights)[0]
        checks.append(
            Check(
                f"{metric}: lowest proprietary {low} {shown(closed[low])}, highest open-weight "
                f"{high} {shown(weights[high])}",
                closed[low] > weights[high],
            )
        )
    return Claim(
        "proprietary",
        "Every proprietary model scores above every open-weight one.",
        "Tables 1 and 3",
        tuple(checks),
    )


def phonetic_lowest(paper: Paper) -> Claim:
    """Phonetic is the lowest category, on average and for each model."""
    categories = paper.categories(TEXT)
    means = {name: mean(paper.open_weight(TEXT, name).values()) for name in categories}
    models = list(paper.column(TEXT))
    lowest = {
        model: min(categories, key=lambda name: paper.column(TEXT, name)[model]) for model in models
    }
    others = [f"{model} ({lowest[model]})" for model in models if lowest[model] != PHONETIC]
    return Claim(
        "phonetic",
        "Phonetic is the lowest category, for every model.",
        "Table 1",
        (
            Check(
                "means of the open-weight models: "
                + ", ".join(f"{name} {shown(means[name])}" for name in reversed(order(means))),
                order(means)[-1] == PHONETIC,
            ),
            Check(
                f"lowest for {count(len(models) - len(others), len(models))} models"
                + (f"; not for {', '.join(others)}" if others else ""),
                not others,
            ),
        ),
    )


def phonology_hard(paper: Paper) -> Claim:
    """Models know less about how speech sounds than about the rest."""
    whole, part = paper.column(TEXT), paper.column(TEXT, PHONETIC)
    below = sum(part[model] < whole[model] for model in whole)
    hardest = {e.score.category: e.score.accuracy for e in paper.tables["Table 2"]}
    average = mean(paper.open_weight(TEXT).values())
    named = {name: hardest[name] for name in PHONOLOGICAL if name in hardest}
    return Claim(
        "phonology",
        "Text-only models struggle with the sounds of language: pronunciation, stress, rhyme.",
        "Tables 1 and 2",
        (
            Check(
                f"Phonetic below a model's own average: {count(below, len(whole))} models",
                below == len(whole),
            ),
            Check(
                f"of the {len(hardest)} hardest subcategories {len(named)} are phonological, the "
                f"highest at {shown(max(named.values()))} against an average of {shown(average)}",
                2 * len(named) > len(hardest) and max(named.values()) < average,
            ),
            Check(
                f"the hardest of all: {order(hardest)[-1]} {shown(min(hardest.values()))}",
                order(hardest)[-1] in PHONOLOGICAL,
            ),
        ),
    )


def same_order(paper: Paper) -> Claim:
    """Models keep their order in every category."""
    whole = order(paper.open_weight(TEXT))
    family_order = order({f: mean(paper.family(TEXT, f).values()) for f in OPEN_FAMILIES})
    categories = paper.categories(TEXT)
    families, models, swaps = 0, 0, 0
    for name in categories:
        values = paper.open_weight(TEXT, name)
        means = {
            family: mean(value for model, value in values.items() if facts(model).family == family)
            for family in OPEN_FAMILIES
        }
        families += order(means) == family_order
        turned = sum(values[a] < values[b] for i, a in enumerate(whole) for b in whole[i + 1 :])
        models += not turned
        swaps += turned
    pairs = len(categories) * len(whole) * (len(whole) - 1) // 2
    return Claim(
        "order",
        "The order of the open-weight models is the same in every category.",
        "Table 1",
        (
            Check(
                f"families in the order of their averages ({', '.join(family_order)}): "
                f"{count(families, len(categories))} categories",
                families == len(categories),
            ),
            Check(
                f"the {len(whole)} models in the order of their averages: "
                f"{count(models, len(categories))} categories; {swaps} of {pairs} pairs turned",
                models == len(categories),
            ),
        ),
    )


def qwen_above_llama(paper: Paper) -> Claim:
    """Qwen outperforms Llama throughout."""
    checks = []
    for metric in METRICS:
        ours, theirs = paper.family(metric, "Qwen"), paper.family(metric, "Llama")
        low, high = order(ours)[-1], order(theirs)[0]
        checks.append(
            Check(
                f"{metric}: lowest Qwen {low} {shown(ours[low])}, highest Llama {high} "
                f"{shown(theirs[high])}",
                ours[low] > theirs[high],
            )
        )
    return Claim(
        "qwen",
        "Every Qwen model outperforms every Llama model, in all evaluations.",
        "Tables 1, 3 and 4",
        tuple(checks),
    )


def llama_steps_back(paper: Paper) -> Claim:
    """Llama-3.1 falls below Llama-3."""
    checks = []
    for metric in TEXT_ONLY:
        entries = paper.backbones[metric, WHOLE]
        low, high, said = gap(entries["Llama-3.1-8B"], entries["Llama-3-8B"])
        clear = "" if low > 0 or high < 0 else ", zero inside"
        below = entries["Llama-3.1-8B"].score.accuracy < entries["Llama-3-8B"].score.accuracy
        checks.append(Check(f"{metric}: {said}{clear}", below))
    return Claim("llama", "Llama-3.1-8B falls below Llama-3-8B.", "Tables 1 and 3", tuple(checks))


def olmo_stages(paper: Paper) -> Claim:
    """Each stage of OLMo's post-training adds."""
    return _steps(
        paper,
        "olmo",
        "Each stage of OLMo-3's post-training (SFT, DPO, final) adds to the one before.",
        (OLMO_STAGES,),
    )


def larger_knows_more(paper: Paper) -> Claim:
    """Within a family and generation size decides."""
    return _steps(
        paper,
        "size",
        "Within one generation a larger model does better.",
        (QWEN3_SIZES, PHI_SIZES),
    )


def _steps(paper: Paper, key: str, says: str, lines: tuple[tuple[str, ...], ...]) -> Claim:
    checks = [
        Check(f"{metric}: {chain(values, models, sign='→')}", rising(values, models))
        for metric in TEXT_ONLY
        for models in lines
        for values in (paper.column(metric),)
    ]
    return Claim(key, says, "Tables 1 and 3", tuple(checks))


def near_gemini(paper: Paper) -> Claim:
    """The best open-weight model comes near a proprietary one."""
    checks = []
    for metric in TEXT_ONLY:
        entries = paper.backbones[metric, WHOLE]
        ours, theirs = (entries[model] for model in NEAR)
        low, high, said = gap(ours, theirs)
        checks.append(
            Check(
                f"{metric}: {shown(ours.score.accuracy)} − {shown(theirs.score.accuracy)} = {said}",
                low <= 0 <= high,
            )
        )
    return Claim(
        "near",
        f"{NEAR[0]} comes near {NEAR[1]} (zero inside the interval of their difference).",
        "Tables 1 and 3",
        tuple(checks),
    )


def captioner_ranking(paper: Paper) -> Claim:
    """Gemini's captions first, then Omni-captioner's, then Whisper's transcripts."""
    checks = []
    for metric in CASCADES:
        for category in (WHOLE, *paper.categories(metric)):
            values = paper.group(metric, "Captioner", category)
            checks.append(
                Check(
                    f"{metric.split()[0]} {category}: {chain(values, CAPTIONERS, sign='→')}",
                    rising(values, CAPTIONERS),
                )
            )
    return Claim(
        "captioners",
        "With one LLM, Gemini's captions do best, then Omni-captioner's, Whisper's transcripts and "
        "the official baselines, overall and in every domain.",
        "Table 3",
        tuple(checks),
    )


def transcripts_for_speech(paper: Paper) -> Claim:
    """For speech a transcript is as good as a caption."""
    checks = []
    for metric in CASCADES:
        values = paper.group(metric, "Captioner", SPEECH)
        whisper, best = values["Whisper-large-v3"], values["Gemini-caption"]
        checks.append(
            Check(
                f"{metric.split()[0]} speech: Whisper {shown(whisper)}, Gemini {shown(best)}",
                whisper >= best,
            )
        )
    return Claim(
        "transcripts",
        "On speech a transcript alone does as well as the best captions.",
        "Table 3",
        tuple(checks),
    )


TEXT_CLAIMS = (
    families_differ,
    proprietary_ahead,
    phonetic_lowest,
    phonology_hard,
    same_order,
    qwen_above_llama,
    llama_steps_back,
    olmo_stages,
    larger_knows_more,
    near_gemini,
    captioner_ranking,
    transcripts_for_speech,
)
