"""Which option does a free reply choose? The letter/option parse.

A reply counts where it says its choice in one of these ways, and says no other:

1. in a container: `\\boxed{B}`, `<answer>B</answer>`;
2. in a declaration: "The answer is B", "Answer: (B) trumpet", "I choose B", "B is correct";
3. on a line of its own: "B", "(B)", "B) trumpet", "trumpet" (markdown, quotes, case, a leading
   article and closing punctuation aside);
4. as what begins the reply: "B. It sounds brassy", "Trumpet. It sounds brassy", provided the rest
   names no other.

An earlier way outranks a later one, except that a declaration and a single line that contradict
each other cancel. Thinking (`<think>...</think>`, or unclosed) is not part of the reply. What names
no option or several is unparsed; nothing is guessed from words that merely occur.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from echoic.question import LETTERS

THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.IGNORECASE | re.DOTALL)
THOUGHT_END = re.compile(r".*</(?:think|thinking|reasoning)>", re.IGNORECASE | re.DOTALL)
BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
TAGGED = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.IGNORECASE | re.DOTALL)
LATEX = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}")

CUE = re.compile(
    r"(?:\b(?:answer|option|choice)\s*(?:is|would be|should be|must be)\b\s*:?\s*"
    r"|\b(?:answer|option|choice)\s*[:=]\s*"
    r"|\bI(?:'d|'ll| would| will)?\s+(?:choose|pick|select|go with)\s+)"
    r"(?:(?:clearly|definitely|most likely|likely|probably)\s+)?",
    re.IGNORECASE,
)
VERDICT_AFTER = re.compile(
    r"(?:^|(?<=[.!?\n]))\s*(?:(?:so|thus|hence|therefore),?\s+)?"
    r"(?:I\s+(?:think|believe)\s+(?:that\s+)?)?(?P<said>[^.!?\n]{1,200}?)"
    r"\s+(?:is|would be)\s+(?:the\s+)?(?:most likely\s+)?(?:correct|right|best)"
    r"(?:\s+(?:answer|option|choice))?\s*(?=[.,;!\n]|$)",
    re.IGNORECASE,
)
# Where what was declared ends and its reason begins.
REASON = re.compile(r"[.;!]\s|,\s|\s(?:because|since|as|for)\s|\s[-–—]\s", re.IGNORECASE)

LONE_LETTER = re.compile(
    r"(?:(?:option|choice|letter|answer)\s+)?[(\[]?([A-Z])[)\]]?\s*[.:,)]?", re.IGNORECASE
)
LETTER_TEXT = re.compile(
    r"(?:(?:option|choice|letter)\s+)?[(\[]?([A-Z])(?:[)\].:,]+\s*|\s*[-–—]\s+|\s+)(\S.*)",
    re.IGNORECASE | re.DOTALL,
)
OPENING_LETTER = re.compile(
    r"(?:(?:option|choice)\s+)?(?:[(\[]([A-Z])[)\]][.:,]?|([A-Z])[).:,])\s+(\S.*)", re.DOTALL
)
MARKED_LETTER = re.compile(r"\b([A-Z])[)\].:](?=\s|$)")
LETTER_ALONE = re.compile(r"\b([A-Z])\b(?!['’])")
BULLET = re.compile(r"^[-•]\s+")
ARTICLE = re.compile(r"^(?:a|an|the)\s+")
QUOTES = "\"'`“”‘’«»*_$ \t\r\n"


def parse_choice(reply: str, options: Sequence[str]) -> int | None:
    """The index of the option that `reply` chooses, or None when it is unclear.

    `options` stand in the order in which they were lettered. Of options with equal texts the first
    counts, as the text cannot tell them apart.
    """
    text = _clean(spoken(reply))
    held = BOXED.findall(text) + TAGGED.findall(text)
    if held:
        return _only({_read_start(CUE.split(part)[-1], options) for part in held})
    declared = {
        found for part in _declared(text) if (found := _read_start(part, options)) is not None
    }
    lines = {found for line in text.splitlines() if (found := _read(line, options)) is not None}
    if declared:
        return _only(declared | lines if len(lines) == 1 else declared)
    if lines:
        return _only(lines)
    return _only({_opening_letter(text, options), _opening_text(text, options)} - {None})


def spoken(reply: str) -> str:
    """The reply without thinking, closed or not, or closed without having been opened."""
    return THOUGHT_END.sub("", THOUGHT.sub("", reply))


def normalise(text: str) -> str:
    """Case, width, spaces, quotes, markdown and closing punctuation taken out of a text."""
    text = unicodedata.normalize("NFKC", LATEX.sub(r"\1", text)).casefold()
    text = " ".join(text.replace("’", "'").replace("‘", "'").split()).strip(QUOTES)
    return text.rstrip(".,;:!?").strip(QUOTES)


def _clean(text: str) -> str:
    return text.replace("**", "").replace("__", "").replace("\\(", "").replace("\\)", "")


def _only(found: set[int | None] | set[int]) -> int | None:
    """The one member of the set, if it has just one."""
    return next(iter(found)) if len(found) == 1 else None


def _declared(text: str) -> Iterator[str]:
    """What follows each "the answer is", to the end of its line, and what "is correct"."""
    cues = list(CUE.finditer(text))
    ends = [*(cue.start() for cue in cues[1:]), len(text)]
    for cue, end in zip(cues, ends, strict=False):
        yield text[cue.end() : end].split("\n", 1)[0]
    for match in VERDICT_AFTER.finditer(text):
        if not CUE.search(match["said"] + " is "):
            yield match["said"]


def _read(text: str, options: Sequence[str]) -> int | None:
    """The option that `text` is: by letter, by text, or by both where they agree."""
    text = BULLET.sub("", text.strip()).strip(QUOTES)
    found = {_by_text(text, options), _by_letter_and_text(text, options)}
    if match := LONE_LETTER.fullmatch(LATEX.sub(r"\1", text)):
        found.add(_index(match[1], options))
    return _only(found - {None})


def _read_start(text: str, options: Sequence[str]) -> int | None:
    """As `_read`, or else the option that stands before a reason ("B, because it is brassy")."""
    if (whole := _read(text, options)) is not None:
        return whole
    for reason in REASON.finditer(text):
        found = _read(text[: reason.start()], options)
        if found is not None:
            return None if _rivals(text[reason.end() :], found, options) else found
    return None


def _by_text(text: str, options: Sequence[str]) -> int | None:
    """The option whose text this is: to the letter, else normalised, else without article."""
    if text.strip() in options:
        return options.index(text.strip())
    said = normalise(text)
    if not said:
        return None
    texts = [normalise(option) for option in options]
    same = {options[at] for at, option in enumerate(texts) if option == said}
    if not same:
        bare = ARTICLE.sub("", said)
        same = {options[at] for at, option in enumerate(texts) if ARTICLE.sub("", option) == bare}
    return options.index(same.pop()) if len(same) == 1 else None


def _by_letter_and_text(text: str, options: Sequence[str]) -> int | None:
    match = LETTER_TEXT.fullmatch(text)
    at = _index(match[1], options) if match else None
    if match is None or at is None:
        return None
    return at if normalise(match[2]) == normalise(options[at]) else None


def _opening_letter(text: str, options: Sequence[str]) -> int | None:
    """The letter that begins the reply and is followed by something other than its option."""
    match = OPENING_LETTER.match(text.strip().strip(QUOTES))
    at = _index(match[1] or match[2], options) if match else None
    if match is None or at is None:
        return None
    rest, own = normalise(match[3]), normalise(options[at])
    if own and re.match(re.escape(own) + r"(?!\w)", rest):
        marked = {_index(mark[1], options) for mark in MARKED_LETTER.finditer(match[3])}
        return None if marked - {None, at} else at
    return None if _rivals(match[3], at, options) else at


def _opening_text(text: str, options: Sequence[str]) -> int | None:
    """The option whose text is the reply's first sentence or stands before its first comma."""
    end = re.search(r"[.,;:!]\s|\s[-–—]\s", text)
    at = _by_text(text[: end.start()], options) if end else None
    if end is None or at is None:
        return None
    return None if _rivals(text[end.end() :], at, options) else at


def _rivals(text: str, chosen: int, options: Sequence[str]) -> bool:
    """Whether `text` names another option, by its letter or by its words."""
    letters = {_index(match[1], options) for match in LETTER_ALONE.finditer(text)
               if not (match[1] in "AI" and re.match(r"\s+[a-z]", text[match.end():]))}  # fmt: skip
    if letters - {None, chosen}:
        return True
    said, own = normalise(text), normalise(options[chosen])
    others = {normalise(option) for option in options} - {own, ""}
    return any(re.search(rf"(?<!\w){re.escape(other)}(?!\w)", said) for other in others)


def _index(letter: str, options: Sequence[str]) -> int | None:
    at = LETTERS.find(letter.upper())
    return at if 0 <= at < len(options) else None
