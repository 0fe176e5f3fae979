"""The official rule of MMAU and MMAR.

The tokens of a text are the set of `\\b\\w+\\b` matches in its lower-cased form. A reply is right
if and only if it has tokens, the right option's are all among them, and none of them belongs to
another option without belonging to the right one. The rule is blind to order and gives a letter
alone nothing. Before it, the wrapper that DeSTA's prompt asks for, `The correct answer is: "..."`
(its models often leave the quotes out), is taken off.
"""

import re
from collections.abc import Sequence

TOKEN = re.compile(r"\b\w+\b")
WRAPPER = re.compile(r'the correct answer is:\s*(?:"(.*?)"\s*\.?)?', re.IGNORECASE | re.DOTALL)


def tokens(text: str) -> frozenset[str]:
    """The set of words of the lower-cased text."""
    return frozenset(TOKEN.findall(text.lower()))


def unwrap(reply: str) -> str:
    """The reply without `The correct answer is:` and the quotes that may follow it."""
    return WRAPPER.sub(r"\1", reply)


def official(reply: str, options: Sequence[str], answer: int) -> bool:
    """Whether the rule takes `reply` for the option at index `answer`."""
    said, gold = tokens(unwrap(reply)), tokens(options[answer])
    foreign = frozenset().union(*map(tokens, options)) - gold
    return bool(said) and gold <= said and said.isdisjoint(foreign)


def official_choice(reply: str, options: Sequence[str], answer: int) -> int | None:
    """The option that the rule would call right, or None.

    The rule itself only ever looks at the right option: this says which wrong one was named, and so
    tells a wrong choice from a reply that names none. Options without a word (MMAR has some) are
    only looked at when they are right.
    """
    if official(reply, options, answer):
        return answer
    named = (at for at, text in enumerate(options) if tokens(text) and official(reply, options, at))
    return next(named, None)
