"""A prompt as Inspect's chat messages."""

from pathlib import Path

from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    Content,
    ContentAudio,
    ContentText,
)

from echoic.engine.ask import AUDIO_MARK


def chat_messages(system: str, user: str, audio: str = "") -> list[ChatMessage]:
    """System message if there is one, then the user's, with `audio` where its mark is.

    `audio` is a file's path or a data URI.
    """
    messages: list[ChatMessage] = [ChatMessageSystem(content=system)] if system else []
    if not audio:
        return [*messages, ChatMessageUser(content=user)]
    before, _, after = (text.strip() for text in user.partition(AUDIO_MARK))
    mp3 = audio.startswith("data:audio/mpeg") or Path(audio[-8:]).suffix.lower() == ".mp3"
    parts: list[Content] = [ContentText(text=before)] if before else []
    parts.append(ContentAudio(audio=audio, format="mp3" if mp3 else "wav"))
    if after:
        parts.append(ContentText(text=after))
    return [*messages, ChatMessageUser(content=parts)]
