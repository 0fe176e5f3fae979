"""What a backbone of a study file is called: by the study, by who asks it, by its weights."""

from echoic.engine.ask import Generation
from echoic.engine.providers import KNOWN_PREFIXES, LOCAL_PREFIXES, VLLM, resolve
from echoic.models.presets import presets


def model_string(backbone: str) -> str:
    """A backbone's model string: a name without a provider is a preset or one embedded here."""
    asked = backbone in presets() or backbone.partition("/")[0] in KNOWN_PREFIXES
    return backbone if asked else f"echoic/{backbone}"


def route(backbone: str) -> str:
    """The model string that a backbone's name leads to."""
    return resolve(model_string(backbone), Generation())[0]


def weights_of(backbone: str) -> str:
    """What the weights of a backbone are called: without the way to reach them."""
    if backbone in presets():
        return presets()[backbone].hub or presets()[backbone].api
    prefix, _, rest = backbone.partition("/")
    return rest if prefix in (*LOCAL_PREFIXES, VLLM) else backbone
