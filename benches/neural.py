"""One step of the published networks beside PyTorch, one thread each: python3 benches/neural.py

Pretraining: 64 windows of 33 x 33 cells x 14 layers in tokens of 3 x 3 cells, encoder 256 wide and 6 deep,
decoder 128 and 2, three tokens in four hidden, loss over all. Fine-tuning: the encoder on 32 windows and one
weighted sum. AdamW, gradients shortened to length 1. Needs torch 2.15 in the environment that runs it, which is
not among the requirements of the other benches. CPU seconds of a step: eight steps less two, over six.
"""

import json
import os
import subprocess
import time

import peer

TOKENS, SIZE, WIDTH, DECODER = 121, 14 * 9, 256, 128


def torch_steps():
    import torch
    import torch.nn.functional as F
    from torch import nn

    torch.set_num_threads(1)

    class Block(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.proj = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
            self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            b, n, c = x.shape
            qkv = self.qkv(self.norm1(x)).reshape(b, n, 3, self.heads, c // self.heads)
            seen = F.scaled_dot_product_attention(*qkv.permute(2, 0, 3, 1, 4))
            x = x + self.proj(seen.transpose(1, 2).reshape(b, n, c))
            return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Linear(SIZE, WIDTH)
            self.cls = nn.Parameter(torch.zeros(1, 1, WIDTH))
            self.place = nn.Parameter(torch.zeros(TOKENS, WIDTH))
            self.blocks = nn.Sequential(*[Block(WIDTH, 8) for _ in range(6)], nn.LayerNorm(WIDTH))

        def forward(self, tokens, order):
            x = self.embed(tokens) + self.place[order]
            return self.blocks(torch.cat([self.cls.expand(len(x), 1, -1), x], 1))

    class Autoencoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.enter = Encoder(), nn.Linear(WIDTH, DECODER)
            self.mask = nn.Parameter(torch.zeros(1, 1, DECODER))
            self.place = nn.Parameter(torch.zeros(1 + TOKENS, DECODER))
            self.decoder = nn.Sequential(*[Block(DECODER, 4) for _ in range(2)], nn.LayerNorm(DECODER))
            self.head = nn.Linear(DECODER, SIZE)

        def loss(self, tokens):
            order = torch.rand(tokens.shape[:2]).argsort(1)
            tokens = torch.gather(tokens, 1, order[..., None].expand(-1, -1, SIZE))
            x = self.enter(self.encoder(tokens[:, :30], order[:, :30]))
            x = torch.cat([x, self.mask.expand(len(x), TOKENS - 30, -1)], 1)
            x = x + self.place[torch.cat([torch.zeros(len(x), 1, dtype=torch.long), order + 1], 1)]
            return F.mse_loss(self.head(self.decoder(x)[:, 1:]), tokens)

    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.head = Encoder(), nn.Sequential(nn.Dropout(0.2), nn.Linear(WIDTH, 1))

        def loss(self, tokens):
            order = torch.arange(TOKENS).expand(len(tokens), -1)
            odds = self.head(self.encoder(tokens, order)[:, 0])[:, 0]
            return F.binary_cross_entropy_with_logits(odds, (torch.arange(len(tokens)) % 2).float())

    def step(network, batch):
        optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
        times = []
        for steps in (2, 8):
            start = time.process_time()
            for _ in range(steps):
                optimiser.zero_grad()
                network.loss(torch.randn(batch, TOKENS, SIZE)).backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
            times.append(time.process_time() - start)
        return round((times[1] - times[0]) / 6, 3)

    return {
        "pretraining_step_cpu_s": step(Autoencoder(), 64),
        "tuning_step_cpu_s": step(Classifier(), 32),
    }


def main():
    binary = os.environ.get("BENCH_NEURAL") or peer.build("bench_neural", "--no-default-features")
    environment = os.environ | {"RAYON_NUM_THREADS": "1"}
    ours = json.loads(subprocess.run([binary], env=environment, check=True, capture_output=True).stdout)
    theirs = torch_steps()
    ratio = {key: round(ours[key] / theirs[key], 2) for key in ours}
    print(json.dumps({"paydirt": ours, "torch": theirs, "ratio": ratio}, indent=2))


if __name__ == "__main__":
    main()
