"""The phrases with which replies announce their choice, and the wrappers they put around it.

Patterns only; `parse` says in which order they count. The languages are those of the models that
are asked most: German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian, Turkish,
Vietnamese, Indonesian, Arabic, Hindi, Chinese, Japanese and Korean beside English.
"""

import re
from collections.abc import Iterator

FLAGS = re.IGNORECASE | re.DOTALL

# Thinking: `<think>`, Kimi's and Mistral's marks. One that is never closed ends at an answer's tag.
_NAME = r"(?:think|thinking|thought|thoughts|reasoning|begin_of_thought)"
_OPEN = rf"(?:<\|?{_NAME}\|?>|◁think▷|\[THINK\])"
_CLOSE = (
    r"(?:</\|?(?:think|thinking|thought|thoughts|reasoning)>"
    r"|<\|end_of_thought\|>|◁/think▷|\[/THINK\])"
)
THOUGHT = re.compile(rf"{_OPEN}.*?(?:{_CLOSE}|(?=<answer>)|\Z)", FLAGS)
THOUGHT_END = re.compile(_CLOSE, FLAGS)
# What precedes the last message in the format of gpt-oss.
FINAL = re.compile(r"<\|channel\|>\s*final\s*<\|message\|>", FLAGS)

LATEX = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}")
BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
TAGGED = re.compile(r"<(answer|final_answer|choice|option)>(.*?)(?:</\1>|\Z)", FLAGS)
# Answer tags without a partner, and the marks with which chat formats end a message.
STRAY_TAG = re.compile(
    r"</(?:answer|final_answer|choice|option)>|<\|\w+\|>|</?s>|<(?:start|end)_of_turn>",
    re.IGNORECASE,
)
FIELD = re.compile(
    r"[\"'](?:(?:(?:final|correct|selected|chosen|predicted)[ _])?(?:answer|choice|option)"
    r"|prediction)[\"']\s*:\s*([\"'])(.*?)\1\s*(?=[,}\]])",
    FLAGS,
)
LISTED = re.compile(r"\[\s*([\"'])(.*)\1\s*\]", re.DOTALL)

# "The wrong answer is B" announces nothing.
_RIGHT = r"(?<!wrong\s)(?<!incorrect\s)(?<!worst\s)(?<!least likely\s)(?<!if the\s)"
_CUES = (
    rf"{_RIGHT}\b(?:answer|option|choice)(?:['’]s|\s*(?:is|would be|should be|must be))\b\s*:?\s*",
    rf"{_RIGHT}\b(?:answer|option|choice)\s*(?:[:=]|\s[-–—]\s)\s*",
    r"\bans(?:\.?\s*[:=]|\.)\s*",
    r"\bI(?:'d|’d|'ll|’ll| would| will)?\s+(?:choose|pick|select|go with|say)\s+",
    r"\bI(?:'m|’m| am)\s+going with\s+",
    r"\b(?:ich wähle|je choisis|elijo|escolho|scelgo|ik kies|wybieram|richtig ist"
    r"|doğru (?:cevap|yanıt)|सही (?:उत्तर|जवाब))\s+",
    # noun, adjective, then a copula or a colon
    r"\b(?:antwort|réponse|reponse|respuesta|resposta|risposta|antwoord|odpowiedź|odpowiedz|ответ"
    r"|cevap|yanıt|đáp án|jawaban|jawabannya|opción|opção|opzione|alternativa|lösung|svar|svaret"
    r"|الإجابة|الجواب|उत्तर|जवाब)"
    r"(?:\s+(?:correcte|juste|correcta|correta|certa|corretta|giusta|finale?|đúng|yang benar"
    r"|الصحيحة|الصحيح|النهائية))?"
    r"\s*(?:(?:ist|lautet|wäre|est|serait|es|sería|é|seria|è|sarebbe|is|är|er|to|это|là|adalah|هي|هو)"
    r"\b\s*:?|[:=]|\s[-–—](?=\s))\s*",
    # no spaces between words
    r"(?:答案|答え|正解|回答|答|选项|選項|選択肢|정답|답)\s*(?:应该是|應該是|应为|應為|是|为|為|选|選|は|은|는)?"
    r"(?:(?<=[是为為选選は은는])|\s*:)\s*:?\s*",
    r"(?:我选择?|我選擇?|应该?选|應該?選|故选|故選|(?:^|(?<=[\n。,;]))[选選][择擇项項]?)\s*:?\s*",
)
CUE = re.compile(
    f"(?:{'|'.join(_CUES)})(?:(?:clearly|definitely|most likely|likely|probably)\\s+)?",
    re.IGNORECASE,
)
VERDICT_AFTER = re.compile(
    r"(?:^|(?<=[.!?\n]))\s*(?:(?:so|thus|hence|therefore),?\s+)?"
    r"(?:I\s+(?:think|believe)\s+(?:that\s+)?)?(?P<said>[^.!?\n]{1,200}?)"
    r"\s+(?:is|would be|ist|est|es|é|è)\s+"
    r"(?:(?:the\s+)?(?:most likely\s+)?(?:correct|right|best)(?:\s+(?:answer|option|choice))?"
    r"|(?:the|my)\s+(?:final\s+)?(?:answer|choice)|richtig|korrekt|correcte|correcta|correta|corretta)"
    r"\s*(?=[.,;!\n]|$)",
    re.IGNORECASE,
)
# What may stand before a choice that fills a line, and what ends it where verbs come last.
LEAD = re.compile(
    r"(?:(?:so|thus|hence|therefore),?\s+)?(?:I\s+(?:think|believe)\s+(?:that\s+)?)?"
    r"(?:(?:it['’]s|it\s+is|it\s+must\s+be|this\s+is)\s+)?",
    re.IGNORECASE,
)
TAIL = re.compile(r"\s*(?:입니다|이에요|이다|です|である|だ|है)?\s*[.。!।]*\s*$")


def announced(text: str) -> Iterator[str]:
    """What follows each announcement, to the end of its line, and what is called correct."""
    cues = list(CUE.finditer(text))
    ends = [*(cue.start() for cue in cues[1:]), len(text)]
    for cue, end in zip(cues, ends, strict=False):
        yield text[cue.end() : end].split("\n", 1)[0]
    for match in VERDICT_AFTER.finditer(text):
        if not CUE.search(match["said"] + " is "):
            yield match["said"]


def wrapped(text: str) -> list[str]:
    """What stands in `\\boxed{}`, in an answer's tags or in an answer's field, in that order."""
    return [
        *BOXED.findall(text),
        *(inside for _, inside in TAGGED.findall(text)),
        *(inside for _, inside in FIELD.findall(text)),
    ]
