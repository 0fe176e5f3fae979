"""Trees, rows and batches, worked out by hand."""

import numpy as np

from echoic.engine.local_plan import Item, Tree, fill_batches, fill_in_order, grow_trees

# 1 2 3 |-> 4 5     (the last token of a tail needs no node)
#       |-> 4 6
#   2   |-> 7 -> 8 9
FORK = Item(0, (1, 2, 3), ((4, 5), (4, 6)))
BRANCH = Item(1, (1, 2, 7), ((8, 9),))


def fork() -> Tree:
    tree = Tree()
    tree.add(FORK)
    tree.add(BRANCH)
    return tree


def test_what_paths_share_is_laid_down_once() -> None:
    tree = fork()
    assert tree.tokens == [1, 2, 3, 4, 7, 8]
    assert tree.parents == [-1, 0, 1, 2, 1, 4]
    assert tree.positions == [0, 1, 2, 3, 2, 3]


def test_every_continuation_token_is_scored_after_its_own_path() -> None:
    assert [tuple(step) for step in fork().steps] == [
        (0, 0, 2, 4), (0, 0, 3, 5), (0, 1, 2, 4), (0, 1, 3, 6), (1, 0, 4, 8), (1, 0, 5, 9),
    ]  # fmt: skip


def test_a_token_sees_itself_and_its_ancestors_only() -> None:
    expected = np.array(
        [
            [1, 0, 0, 0, 0, 0, 0],
            [1, 1, 0, 0, 0, 0, 0],
            [1, 1, 1, 0, 0, 0, 0],
            [1, 1, 1, 1, 0, 0, 0],
            [1, 1, 0, 0, 1, 0, 0],
            [1, 1, 0, 0, 1, 1, 0],
            [0, 0, 0, 0, 0, 0, 1],  # padding
        ],
        dtype=bool,
    )
    assert (fork().ancestors(7) == expected).all()


def test_the_path_of_a_prompt_is_found_again() -> None:
    assert fork().path(BRANCH.ids) == [0, 1, 4]


def test_negative_ids_are_shared_like_tokens() -> None:
    tree = Tree()
    tree.add(Item(0, (1, -5, -6, 2), ((3,),)))
    assert tree.shared((1, -5, -6, 4)) == 3
    assert tree.shared((1, -7, -6, 4)) == 1


def test_a_prompt_joins_a_row_when_sharing_pays_for_the_longer_row() -> None:
    # the row has 4 tokens; the second prompt shares 2 and brings 2: 2 * worth >= 2 * 4 * 2
    assert len(grow_trees([FORK, BRANCH], row_tokens=64, sharing_worth=8)) == 1
    assert len(grow_trees([FORK, BRANCH], row_tokens=64, sharing_worth=7)) == 2


def test_a_row_never_grows_beyond_its_bound() -> None:
    assert len(grow_trees([FORK, BRANCH], row_tokens=6, sharing_worth=1e9)) == 1
    assert len(grow_trees([FORK, BRANCH], row_tokens=5, sharing_worth=1e9)) == 2


def test_a_prompt_longer_than_a_row_has_one_for_itself() -> None:
    long = Item(2, tuple(range(1, 50)), ((3,),))
    assert [len(tree) for tree in grow_trees([long], row_tokens=8, sharing_worth=1)] == [49]


def test_prompts_that_begin_alike_meet_wherever_they_stand() -> None:
    apart = Item(2, (9, 9, 9), ((1,),))
    trees = grow_trees([FORK, apart, BRANCH], row_tokens=64, sharing_worth=1e9)
    assert [sorted(tree.indices) for tree in trees] == [[0, 1], [2]]


def test_rows_do_not_depend_on_the_numbers_of_negative_ids() -> None:
    def rows(one: int, other: int) -> list[list[int]]:
        items = [Item(0, (1, one, 2)), Item(1, (1, other, 2)), Item(2, (1, one, 3))]
        trees = grow_trees(items, row_tokens=64, sharing_worth=0)
        return [tree.indices for tree in trees]

    assert rows(-1, -2) == rows(-2, -1) == rows(-9, -30)


def test_batches_take_rows_of_similar_length_the_longest_first() -> None:
    assert fill_batches([3, 10, 9, 2, 3], 20) == [[1, 2], [0, 4, 3]]


def test_rows_that_must_stay_in_order_do() -> None:
    assert fill_in_order([3, 10, 9, 2, 3], 20) == [[0, 1], [2, 3], [4]]


def test_padding_counts_in_a_batch() -> None:
    assert fill_batches([10, 1, 1], 29) == [[0, 1], [2]]


def test_a_row_beyond_the_bound_is_a_batch_of_its_own() -> None:
    assert fill_batches([30, 5], 20) == [[0], [1]]


def test_no_rows_make_no_batches() -> None:
    assert fill_batches([], 20) == []
