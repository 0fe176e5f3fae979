"""How far several readers say the same, in fractions; 1 is full agreement, 0 what chance gives.

An item is a mapping from reader to label; readers may differ from item to item, and items with
fewer than two labels count nowhere as agreement. What cannot be told (no item with two labels, or
every label the same where a statistic divides by expected disagreement) raises NoData, never 0.

Contents: `shared`, `raw`, `cohen_kappa` and `kappa_of_counts` (two readers), `pairwise_kappa`
(several), `gwet_ac1`, `krippendorff_alpha` (nominal).
"""

import importlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations

import numpy as np

from echoic.errors import MissingExtra, NoData

Item = Mapping[str, Hashable]


def shared(items: Sequence[Item]) -> list[Item]:
    """The items with two labels or more. Raises NoData when there are none."""
    found = [item for item in items if len(item) > 1]
    if not found:
        raise NoData("no item has labels of two readers")
    return found


def raw(items: Sequence[Item]) -> float:
    """Share of pairs of readers that say the same, averaged over items."""
    return float(np.mean([_agreeing(item) for item in shared(items)]))


def _agreeing(item: Item) -> float:
    counts, readers = Counter(item.values()), len(item)
    return sum(n * (n - 1) for n in counts.values()) / (readers * (readers - 1))


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Cohen (1960): agreement of two readers beyond what their own label shares give.

    Raises NoData without items, or when both always say one and the same label.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} labels against {len(second)}")
    return kappa_of_counts(Counter(zip(first, second, strict=True)))


def kappa_of_counts(counts: Mapping[tuple[Hashable, Hashable], int]) -> float:
    """`cohen_kappa` from how often each pair of labels (first reader's, second's) was given."""
    total = sum(counts.values())
    if not total:
        raise NoData("no item has labels of two readers")
    ours: Counter[Hashable] = Counter()
    theirs: Counter[Hashable] = Counter()
    for (one, two), count in counts.items():
        ours[one] += count
        theirs[two] += count
    observed = sum(count for (one, two), count in counts.items() if one == two) / total
    expected = sum(ours[label] * theirs[label] for label in ours) / total**2
    if expected == 1:
        raise NoData("both readers always say the same one label: kappa is not defined")
    return (observed - expected) / (1 - expected)


def pairwise_kappa(items: Sequence[Item]) -> float:
    """Cohen's kappa of every pair of readers, averaged by the items they share.

    Pairs whose kappa is not defined are left out. Raises NoData when there is no other.
    """
    readers = sorted({reader for item in shared(items) for reader in item})
    total, weights = 0.0, 0
    for one, two in combinations(readers, 2):
        both = [item for item in items if one in item and two in item]
        try:
            kappa = cohen_kappa([item[one] for item in both], [item[two] for item in both])
        except NoData:
            continue
        total, weights = total + len(both) * kappa, weights + len(both)
    if not weights:
        raise NoData("no pair of readers uses two labels: kappa is not defined")
    return total / weights


def gwet_ac1(items: Sequence[Item], labels: Sequence[Hashable]) -> float:
    """Gwet (2008, 10.1348/000711006X126600), several readers; `labels` are all that can be said.

    It stays near the raw agreement when nearly all labels are the same, where kappa collapses.
    Labels of items with one reader count for the shares of labels, as in the source.
    """
    if len(set(labels)) < 2:
        raise ValueError("agreement needs two possible labels or more")
    observed = raw(items)
    told = [item for item in items if item]
    if unknown := {label for item in told for label in item.values()} - set(labels):
        raise ValueError(f"{min(map(str, unknown))!r} is not among the labels")
    kinds = list(dict.fromkeys(labels))
    shares = np.array(
        [[list(item.values()).count(label) / len(item) for label in kinds] for item in told]
    ).mean(axis=0)  # (labels,)
    expected = float((shares * (1 - shares)).sum()) / (len(kinds) - 1)
    return (observed - expected) / (1 - expected)


def krippendorff_alpha(items: Sequence[Item]) -> float:
    """Krippendorff's alpha for nominal labels, by the package `krippendorff`.

    Raises NoData without shared items or when all their labels are one, MissingExtra.
    """
    pairable = shared(items)
    kinds = list(dict.fromkeys(label for item in pairable for label in item.values()))
    if len(kinds) < 2:
        raise NoData("all labels are the same: alpha is not defined")
    try:
        package = importlib.import_module("krippendorff")
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "krippendorff is not installed and is needed here: pip install 'echoic[review]'"
        ) from error
    counts = np.array(
        [[list(item.values()).count(label) for label in kinds] for item in pairable]
    )  # (items, labels)
    return float(package.alpha(value_counts=counts, level_of_measurement="nominal"))
