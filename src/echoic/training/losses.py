"""The loss on response tokens, fused with the output head so that no logits are kept.

A target is a distribution over few tokens: one token with weight 1 (cross-entropy on text), or the
frozen backbone's most probable tokens (distillation; renormalised, so that the loss less the
target's entropy is a KL divergence). With a vocabulary of 262,144 the logits of one batch would
take gigabytes; here each chunk's logits live only until its gradient is known.
"""

import math
from typing import Any

import torch
from torch import Tensor

CHUNK_BYTES = 128 * 2**20


class _HeadLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, head: Tensor, bias: Tensor | None, ids: Tensor, probs: Tensor
    ) -> Tensor:
        rows = max(1, CHUNK_BYTES // (4 * head.shape[0]))
        total = torch.zeros((), dtype=torch.float64, device=hidden.device)
        gradient = torch.empty_like(hidden)
        for start in range(0, len(hidden), rows):
            part = slice(start, start + rows)
            weights = probs[part].to(torch.promote_types(hidden.dtype, torch.float32))
            logits = (hidden[part] @ head.T).to(weights.dtype)  # (rows, vocabulary)
            picked = logits.gather(1, ids[part])
            if bias is not None:
                logits += bias
            mass = weights.sum(1)
            total += (mass * logits.logsumexp(1)).sum() - (weights * picked).sum()
            slope = logits.softmax(1).mul_(mass[:, None])
            slope.scatter_add_(1, ids[part], -weights)
            gradient[part] = slope.to(head.dtype) @ head
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, None, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * outputs[0].to(gradient.dtype), None, None, None, None


def head_loss(
    hidden: Tensor, head: Tensor, ids: Tensor, probs: Tensor, sample: Tensor | None = None
) -> Tensor:
    """Summed cross-entropy of sparse target distributions, in nats.

    Shape: hidden (tokens, width), head (vocabulary, width), ids and probs (tokens, k) -> ().
    The head is frozen: only `hidden` gets a gradient. Ids within one row must differ.

    With `sample` (distinct random token ids) the softmax runs over the ids that any row wants and
    the sample alone, the sample standing for all other tokens: an estimate of the full sum whose
    expectation is exact (importance sampling with a uniform proposal, arXiv:1412.2007 section 3).
    """
    if sample is None:
        return _applied(hidden, head, None, ids, probs)
    wanted: Tensor = torch.unique(ids)  # sorted
    others = sample[~torch.isin(sample, wanted)]
    weight = math.log(max(1, len(head) - len(wanted)) / max(1, len(others)))
    bias = torch.cat([torch.zeros(len(wanted)), torch.full((len(others),), weight)])
    few = head[torch.cat([wanted, others])]
    return _applied(hidden, few, bias.to(head.device), torch.searchsorted(wanted, ids), probs)


def _applied(
    hidden: Tensor, head: Tensor, bias: Tensor | None, ids: Tensor, probs: Tensor
) -> Tensor:
    loss: Tensor = _HeadLoss.apply(hidden, head, bias, ids, probs)  # type: ignore[no-untyped-call]
    return loss


def entropy(probs: Tensor) -> Tensor:
    """Summed entropy of the target distributions, in nats. Shape: (tokens, k) -> ()."""
    terms: Tensor = torch.special.xlogy(probs.double(), probs.double())
    return -terms.sum()
