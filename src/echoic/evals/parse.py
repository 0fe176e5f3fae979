"""Which option does a free reply choose? The letter/option parse.

A reply counts where it says its choice in one of these ways, and says no other:

1. in a container: `\\boxed{B}`, `<answer>B</answer>`, `{"answer": "B"}`;
2. in a declaration, in any of the languages of `cues`: "The answer is B", "Antwort: (B) trumpet",
   "I choose B", "B is correct";
3. on a line of its own: "B", "(B)", "B) trumpet", "trumpet (B)", "trumpet", "It is a trumpet"
   (markdown, quotes, brackets, case, a leading article and closing punctuation aside);
4. as what begins the reply: "B. It sounds brassy", "Trumpet. It sounds brassy", provided the rest
   names no other.

An earlier way outranks a later one, except that a declaration and a single line that contradict
each other cancel. Thinking (`<think>...</think>`, or unclosed) is not part of the reply. What names
no option or several is unparsed; nothing is guessed from words that merely occur.
"""

import re
import unicodedata
from collections.abc import Sequence

from echoic.evals.cues import (
    CUE,
    FINAL,
    LATEX,
    LEAD,
    LISTED,
    STRAY_TAG,
    TAIL,
    THOUGHT,
    THOUGHT_END,
    announced,
    wrapped,
)
from echoic.question import LETTERS

# Where what was declared ends and its reason begins.
REASON = re.compile(
    r"[.;!]\s|,\s|\s(?:because|since|as|for)\s|\s[-–—]\s|\s(?=\()|[,;。](?=[^\x00-\x7F])",
    re.IGNORECASE,
)

NAMED = (
    r"(?:(?:(?:a|la|l'|die)\s*)?(?:option|choice|letter|answer|opción|opção|opzione|alternativa|antwort"
    r"|réponse|respuesta|resposta|risposta|buchstabe|lettre|letra|lettera)\s+|(?:la|die)\s+)?"
)
LONE_LETTER = re.compile(rf"{NAMED}[(\[{{]{{0,2}}([A-Z])[)\]}}]{{0,2}}\s*[.:,)]?", re.IGNORECASE)
LETTER_TEXT = re.compile(
    rf"{NAMED}[(\[]?([A-Z])(?:[)\].:,、]+\s*|\s*[-–—→=]\s+|\s+)(\S.*)", re.IGNORECASE | re.DOTALL
)
TEXT_LETTER = re.compile(r"(\S.*?)\s*[(\[]([A-Z])[)\]]\s*\.?", re.IGNORECASE | re.DOTALL)
OPENING_LETTER = re.compile(
    r"(?:(?:option|choice)\s+)?(?:[(\[]([A-Z])[)\]][.:,]?|([A-Z])[).:,])\s+(\S.*)", re.DOTALL
)
MARKED_LETTER = re.compile(r"\b([A-Z])[)\].:](?=\s|$)")
LETTER_ALONE = re.compile(r"\b([A-Z])\b(?!['’])")
BULLET = re.compile(r"^(?:[-•>]\s+)+")
# Another option that is only named to be ruled out ("B, not C") is no rival.
RULED_OUT = re.compile(
    r"\b(?:not|nicht|et non|y no|e não|e non|rather than|instead of|unlike)\s[^.,;!?\n]*"
    r"|不是[^.,;!?。\n]*"
    r"|[^.;!?\n]*\b(?:is|are)\s+(?:(?:all|both|clearly)\s+)?(?:wrong|incorrect|ruled out)\b",
    re.IGNORECASE,
)
ARTICLE = re.compile(r"^(?:a|an|the)\s+")
# Wide forms of ASCII signs, as Chinese and Japanese texts use them; signs without width go.
INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
NARROW: dict[int, int | None] = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
NARROW |= dict.fromkeys(map(ord, INVISIBLE))
QUOTES = "\"'`“”‘’«»*_$| \t\r\n"


def parse_choice(reply: str, options: Sequence[str]) -> int | None:
    """The index of the option that `reply` chooses, or None when it is unclear.

    `options` stand in the order in which they were lettered. Of options with equal texts the first
    counts, as the text cannot tell them apart.
    """
    text = _clean(spoken(reply))
    if held := wrapped(text):
        return _only({_read_start(CUE.split(part)[-1], options) for part in held})
    text = STRAY_TAG.sub("", text)
    declared = {
        found for part in announced(text) if (found := _read_start(part, options)) is not None
    }
    lines = {found for line in text.splitlines() if (found := _line(line, options)) is not None}
    if declared:
        return _only(declared | lines if len(lines) == 1 else declared)
    if lines:
        return _only(lines)
    return _only({_opening_letter(text, options), _opening_text(text, options)} - {None})


def spoken(reply: str) -> str:
    """The reply without thinking, closed or not, or closed without having been opened."""
    return _after_last(THOUGHT_END, THOUGHT.sub("", _after_last(FINAL, reply)))


def _after_last(mark: re.Pattern[str], text: str) -> str:
    """What follows the last `mark`, or the whole text."""
    ends = [found.end() for found in mark.finditer(text)]
    return text[ends[-1] :] if ends else text


def normalise(text: str) -> str:
    """Case, width, spaces, quotes, markdown and closing punctuation taken out of a text."""
    text = unicodedata.normalize("NFKC", LATEX.sub(r"\1", text)).casefold()
    text = " ".join(text.replace("’", "'").replace("‘", "'").split()).strip(QUOTES)
    return text.rstrip(".,;:!?。").strip(QUOTES)


def _clean(text: str) -> str:
    """The text without markdown, LaTeX's text commands and the wide forms of ASCII signs.

    Blank lines and runs of spaces go too: the patterns take long to search a thousand of them.
    """
    for mark in ("**", "__", "\\(", "\\)"):
        text = text.replace(mark, "")
    text = LATEX.sub(r"\1", text.translate(NARROW))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _only(found: set[int | None] | set[int]) -> int | None:
    """The one member of the set, if it has just one."""
    return next(iter(found)) if len(found) == 1 else None


def _line(line: str, options: Sequence[str]) -> int | None:
    """The option that fills a line, as it stands or after "It is" and the like."""
    if (found := _read(line, options)) is not None:
        return found
    bare = BULLET.sub("", line.strip())
    return _read_start(bare[end:], options) if (end := LEAD.match(bare).end()) else None  # type: ignore[union-attr]


def _read(text: str, options: Sequence[str]) -> int | None:
    """The option that `text` is: by letter, by text, or by both where they agree."""
    text = BULLET.sub("", text.strip())
    if text not in options and (listed := LISTED.fullmatch(text)):
        text = listed[2]
    text = text.strip(QUOTES)
    found = {_by_text(text, options), _by_letter_and_text(text, options)}
    letter = LONE_LETTER.fullmatch(TAIL.sub("", text).strip(QUOTES))
    # Options are lettered in capitals: a small letter that is an option is that option.
    if letter and not (letter[1].islower() and letter[1] in options):
        found.add(_index(letter[1], options))
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
    """ "B) trumpet", "B (trumpet)" or "trumpet (B)", where both are the same option."""
    pairs = []
    if match := LETTER_TEXT.fullmatch(text):
        pairs.append((match[1], match[2]))
    if match := TEXT_LETTER.fullmatch(text):
        pairs.append((match[2], match[1]))
    found: set[int | None] = set()
    for letter, said in pairs:
        at, bare = _index(letter, options), said.removeprefix("(").rstrip(".").removesuffix(")")
        if at is not None and normalise(options[at]) in (normalise(said), normalise(bare)):
            found.add(at)
    return _only(found)


def _opening_letter(text: str, options: Sequence[str]) -> int | None:
    """The letter that begins the reply and is followed by something other than its option."""
    match = OPENING_LETTER.match(text.strip().strip(QUOTES))
    at = _index(match[1] or match[2], options) if match else None
    if match is None or at is None:
        return None
    rest, own = normalise(match[3]), normalise(options[at])
    begun = [text for text in map(normalise, options) if text and _begins(rest, text)]
    if own in begun and len(own) == max(map(len, begun)):
        marked = {_index(mark[1], options) for mark in MARKED_LETTER.finditer(match[3])}
        return None if marked - {None, at} else at
    return None if _rivals(match[3], at, options) else at


def _begins(text: str, start: str) -> bool:
    """Whether a text begins with these whole words."""
    return re.match(re.escape(start) + r"(?!\w)", text) is not None


def _opening_text(text: str, options: Sequence[str]) -> int | None:
    """The option whose text is the reply's first sentence or stands before its first comma."""
    end = re.search(r"[.,;:!]\s|\s[-–—]\s", text)
    at = _by_text(text[: end.start()], options) if end else None
    if end is None or at is None:
        return None
    return None if _rivals(text[end.end() :], at, options) else at


def _rivals(text: str, chosen: int, options: Sequence[str]) -> bool:
    """Whether `text` names another option, by its letter or by its words, as a possible one."""
    text = RULED_OUT.sub(" ", text)
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
