"""The training step of `qwen2audio bench --training` in PyTorch, as its users write it: prints the median milliseconds of 10 steps."""
import math
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(1)
torch.set_num_threads(2)
LAYERS, WIDTH, HEADS, KV, DIM, EXPERTS, TOP, INNER, SHARED, VOCAB = 4, 192, 6, 2, 32, 8, 2, 128, 256, 2048
BATCH, LENGTH = 8, 256


class RmsNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class SwiGlu(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.gate = nn.Linear(WIDTH, inner, bias=False)
        self.up = nn.Linear(WIDTH, inner, bias=False)
        self.down = nn.Linear(inner, WIDTH, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Moe(nn.Module):
    def __init__(self):
        super().__init__()
        self.router = nn.Linear(WIDTH, EXPERTS, bias=False)
        self.experts = nn.ModuleList(SwiGlu(INNER) for _ in range(EXPERTS))
        self.shared = SwiGlu(SHARED)
        self.shared_gate = nn.Linear(WIDTH, 1, bias=False)

    def forward(self, x):
        logits = self.router(x)
        probabilities = logits.softmax(-1)
        weights, chosen = probabilities.topk(TOP, -1)
        y = torch.zeros_like(x)
        for e, expert in enumerate(self.experts):
            rows, place = (chosen == e).nonzero(as_tuple=True)
            y = y.index_add(0, rows, expert(x[rows]) * weights[rows, place, None])
        return y + torch.sigmoid(self.shared_gate(x)) * self.shared(x), logits


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = RmsNorm(), RmsNorm()
        self.q = nn.Linear(WIDTH, HEADS * DIM)
        self.k = nn.Linear(WIDTH, KV * DIM)
        self.v = nn.Linear(WIDTH, KV * DIM)
        self.o = nn.Linear(HEADS * DIM, WIDTH, bias=False)
        self.moe = Moe()

    def forward(self, x, cos, sin, mask):
        h = self.norm1(x)
        q = rotate(self.q(h).view(BATCH, LENGTH, HEADS, DIM).transpose(1, 2), cos, sin)
        k = rotate(self.k(h).view(BATCH, LENGTH, KV, DIM).transpose(1, 2), cos, sin)
        v = self.v(h).view(BATCH, LENGTH, KV, DIM).transpose(1, 2)
        k, v = (t.repeat_interleave(HEADS // KV, 1) for t in (k, v))
        scores = q @ k.transpose(2, 3) / math.sqrt(DIM) + mask
        h = (scores.softmax(-1) @ v).transpose(1, 2).reshape(BATCH, LENGTH, -1)
        x = x + self.o(h)
        y, logits = self.moe(self.norm2(x).view(-1, WIDTH))
        return x + y.view_as(x), logits


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat((-b, a), -1) * sin


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = RmsNorm()
        self.head = nn.Linear(WIDTH, VOCAB, bias=False)
        angle = torch.arange(LENGTH)[:, None] / 1e6 ** (torch.arange(0, DIM, 2) / DIM)
        self.cos, self.sin = torch.cat((angle, angle), -1).cos(), torch.cat((angle, angle), -1).sin()
        self.mask = torch.full((LENGTH, LENGTH), float("-inf")).triu(1)

    def forward(self, ids):
        x = self.embed(ids)
        routers = []
        for layer in self.layers:
            x, logits = layer(x, self.cos, self.sin, self.mask)
            routers.append(logits)
        return self.head(self.norm(x)), torch.cat(routers)


model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
ids = torch.randint(VOCAB, (BATCH, LENGTH))
times = []
for step in range(15):
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    logits, routers = model(ids)
    loss = F.cross_entropy(logits[:, :-1].reshape(-1, VOCAB), ids[:, 1:].reshape(-1))
    probabilities = routers.softmax(-1)
    share = F.one_hot(probabilities.topk(TOP, -1).indices, EXPERTS).float().mean(0).sum(0)
    loss = loss + 0.01 * EXPERTS * (share * probabilities.mean(0)).sum()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step >= 5:
        times.append((time.perf_counter() - start) * 1000)
print(f"{statistics.median(times):.2f}")
