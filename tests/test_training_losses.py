"""The fused head loss against the plain computation."""

import pytest
import torch
from torch.nn import functional

from echoic.training import losses
from echoic.training.losses import entropy, head_loss


@pytest.fixture(params=[losses.CHUNK_BYTES, 4 * 50 * 2])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in one chunk, once two rows at a time."""
    monkeypatch.setattr(losses, "CHUNK_BYTES", request.param)


@pytest.mark.usefixtures("chunk")
def test_text_loss_is_cross_entropy_with_its_gradient() -> None:
    torch.manual_seed(0)
    hidden = torch.randn(7, 12, dtype=torch.float64, requires_grad=True)
    head = torch.randn(50, 12, dtype=torch.float64)
    ids = torch.randint(50, (7, 1))
    plain = functional.cross_entropy(hidden @ head.T, ids[:, 0], reduction="sum")
    (expected,) = torch.autograd.grad(plain, hidden)
    fused = head_loss(hidden, head, ids, torch.ones(7, 1))
    (gradient,) = torch.autograd.grad(fused, hidden)
    assert torch.allclose(fused, plain)
    assert torch.allclose(gradient, expected)


@pytest.mark.usefixtures("chunk")
def test_teacher_loss_less_entropy_is_the_kl_divergence() -> None:
    torch.manual_seed(1)
    hidden = torch.randn(5, 8, dtype=torch.float64, requires_grad=True)
    head = torch.randn(20, 8, dtype=torch.float64)
    best = torch.randn(5, 20, dtype=torch.float64).topk(4)
    probs = best.values.softmax(-1)
    dense = torch.zeros(5, 20, dtype=torch.float64).scatter(1, best.indices, probs)
    plain = functional.kl_div((hidden @ head.T).log_softmax(-1), dense, reduction="sum")
    (expected,) = torch.autograd.grad(plain, hidden)
    fused = head_loss(hidden, head, best.indices, probs)
    (gradient,) = torch.autograd.grad(fused, hidden)
    assert torch.allclose(fused - entropy(probs), plain)
    assert torch.allclose(gradient, expected)


def test_a_student_that_equals_its_teacher_has_no_loss_and_no_gradient() -> None:
    torch.manual_seed(2)
    hidden = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    head = torch.randn(9, 6, dtype=torch.float64)
    probs = (hidden @ head.T).softmax(-1).detach()
    loss = head_loss(hidden, head, torch.arange(9).expand(3, 9), probs)
    loss.backward()
    assert abs(float(loss.detach() - entropy(probs))) < 1e-9
    assert hidden.grad is not None
    assert hidden.grad.abs().max() < 1e-9


def test_a_sample_of_the_whole_vocabulary_is_exact() -> None:
    torch.manual_seed(3)
    hidden = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    head = torch.randn(30, 6, dtype=torch.float64)
    best = torch.randn(4, 30, dtype=torch.float64).topk(3)
    probs = best.values.softmax(-1)
    full = head_loss(hidden, head, best.indices, probs)
    (expected,) = torch.autograd.grad(full, hidden)
    sampled = head_loss(hidden, head, best.indices, probs, sample=torch.randperm(30))
    (gradient,) = torch.autograd.grad(sampled, hidden)
    assert torch.allclose(sampled, full)
    assert torch.allclose(gradient, expected)


def test_a_sample_estimates_the_full_sum() -> None:
    """The mean of exp(loss) over many samples is exp of the full loss, for one row."""
    torch.manual_seed(4)
    hidden, head = torch.randn(1, 6, dtype=torch.float64), torch.randn(40, 6, dtype=torch.float64)
    ids, probs = torch.tensor([[7]]), torch.ones(1, 1, dtype=torch.float64)
    full = head_loss(hidden, head, ids, probs).exp()
    some = torch.stack(
        [
            head_loss(hidden, head, ids, probs, sample=torch.randperm(40)[:10]).exp()
            for _ in range(3000)
        ]
    )
    assert abs(some.mean() / full - 1) < 0.05
