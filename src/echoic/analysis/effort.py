"""What one more evaluation costs, roughly, in GPU-hours: for weighing measurements, not for bills.

A forward pass takes 2 operations a parameter and token, and a backward pass through frozen weights
2 more (Kaplan et al. 2020, arXiv:2001.08361, section 2.1, without the weights' own gradient). The
sizes are those of arXiv:2603.19195: DeSTA-AQA500K for 10 epochs. A backbone of unknown size counts
with `UNKNOWN_PARAMETERS`.
"""

TOKENS_A_QUESTION = {"text": 110, "cascade": 700, "audio": 200}  # prompt and reply
TRAINING_EXAMPLES = 500_000
TRAINING_EPOCHS = 10
TOKENS_AN_EXAMPLE = 350  # 64 queries, a transcript, the prompt and up to 300 of the response
FORWARD, BACKWARD = 2, 2  # operations a parameter and token
OPERATIONS_A_SECOND = 1.1e14  # an A100 at about a third of its bf16 peak
SECONDS_AN_HOUR = 3_600
UNKNOWN_PARAMETERS = 8_000_000_000
QUESTIONS = 1_000  # of a benchmark whose size is not stated


def asking_hours(mode: str, questions: int | None, parameters: int | None) -> float:
    """GPU-hours to ask a backbone all questions of a benchmark in a mode."""
    tokens = (questions or QUESTIONS) * TOKENS_A_QUESTION[mode]
    return _hours(FORWARD * tokens, parameters)


def training_hours(parameters: int | None) -> float:
    """GPU-hours to write the training targets, to train the connector, and nothing else."""
    tokens = TRAINING_EXAMPLES * TOKENS_AN_EXAMPLE
    return _hours(tokens * (FORWARD + TRAINING_EPOCHS * (FORWARD + BACKWARD)), parameters)


def _hours(operations_a_parameter: float, parameters: int | None) -> float:
    operations = operations_a_parameter * (parameters or UNKNOWN_PARAMETERS)
    return operations / OPERATIONS_A_SECOND / SECONDS_AN_HOUR
