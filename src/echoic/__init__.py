"""Which text LLM should be the backbone of an audio language model, and what does it know?"""

__version__ = "0.1.0"
