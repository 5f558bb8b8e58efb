"""Steps of networks beside PyTorch, on one thread and on two: python3 benches/neural.py

Pretraining: 64 windows of 33 x 33 cells x 14 layers in tokens of 3 x 3 cells, encoder 256 wide and 6 deep,
decoder 128 and 2, three tokens in four hidden, loss over all. Fine-tuning: the encoder on 32 windows and one
weighted sum. Residual network: 16 windows of 64 x 64 cells x 12 layers and where they are not known, stages of
32, 64, 128 and 256 channels with 2 blocks each; a step, and the scores of as many windows. U-Net that fills in records:
8 tiles of 50 x 50 cells, ten species and what is hidden of each, an encoder of 18 layers from 32 planes on, log
loss, soft Dice and soft recall over hidden cells; a step, and as many tiles filled in. AdamW, gradients
shortened to length 1. Needs torch 2.15 in the environment that runs it, which is not among the requirements of
the other benches. CPU seconds of a step: eight steps less two, over six; the least of some runs, the sides by
turns. Kept in results/neural.json.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import peer

TOKENS, SIZE, WIDTH, DECODER = 121, 14 * 9, 256, 128


RUNS, THREADS = 3, (1, 2)
KEPT = pathlib.Path(__file__).parent / "results" / "neural.json"


def torch_steps(threads):
    import torch
    import torch.nn.functional as F
    from torch import nn

    torch.set_num_threads(threads)

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

    def layer(inputs, outputs, side, stride, *then):
        conv = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(outputs), *then)

    class Residual(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.inner = nn.Sequential(
                layer(inputs, outputs, 3, stride, nn.ReLU()), layer(outputs, outputs, 3, 1)
            )
            changes = stride != 1 or inputs != outputs
            self.beside = layer(inputs, outputs, 1, stride) if changes else nn.Identity()

        def forward(self, x):
            return F.relu(self.inner(x) + self.beside(x))

    class ResNet(nn.Module):
        def __init__(self):
            super().__init__()
            blocks, inputs = [layer(24, 32, 3, 1, nn.ReLU())], 32
            for stage, width in enumerate((32, 64, 128, 256)):
                for number in range(2):
                    blocks.append(Residual(inputs, width, 2 if stage and not number else 1))
                    inputs = width
            self.body, self.head = nn.Sequential(*blocks), nn.Sequential(nn.Dropout(0.2), nn.Linear(256, 1))

        def forward(self, windows):
            return self.head(self.body(windows).mean((2, 3)))[:, 0]

        def loss(self, windows):
            return F.binary_cross_entropy_with_logits(self(windows), (torch.arange(len(windows)) % 2).float())

    class UNet(nn.Module):
        """Tiles of 50 cells are filled up to 56; the plane beside the species says where the tile is."""

        def __init__(self, inputs=21, outputs=10, width=32):
            super().__init__()
            self.entrance = layer(inputs, width, 3, 1, nn.ReLU())
            stages, planes = [], width
            for stage in range(4):
                blocks = []
                for number in range(2):
                    blocks.append(Residual(planes, width << stage, 2 if stage and not number else 1))
                    planes = width << stage
                stages.append(nn.Sequential(*blocks))
            self.stages, decoder = nn.ModuleList(stages), []
            for stage in (2, 1, 0):
                decoder.append(layer(planes + (width << stage), width << stage, 3, 1, nn.ReLU()))
                planes = width << stage
            self.decoder, self.head = nn.ModuleList(decoder), nn.Conv2d(2 * width, outputs, 1)

        def forward(self, tiles):
            entered = planes = self.entrance(tiles)
            skips = []
            for stage in self.stages:
                planes = stage(planes)
                skips.append(planes)
            skips.pop()
            for block in self.decoder:
                wide = F.interpolate(planes, scale_factor=2, mode="nearest")
                planes = block(torch.cat([wide, skips.pop()], 1))
            return self.head(torch.cat([planes, entered], 1))

        def loss(self, tiles):
            odds = self(tiles)
            truth, counts = (tiles[:, :10] > 1).float(), (tiles[:, 10:20] > 0).float()
            score = torch.sigmoid(odds)
            each = F.binary_cross_entropy_with_logits(odds, truth, reduction="none")
            found, claimed, present = ((part * counts).sum() for part in (score * truth, score, truth))
            dice = (2 * found + 1e-6) / (claimed + present + 1e-6)
            recall = (found + 1e-6) / (present + 1e-6)
            return (each * counts).sum() / counts.sum() + (1 - dice) + (1 - recall)

    def scores(network, shape):
        network.eval()
        times = []
        with torch.no_grad():
            for steps in (2, 8):
                start = time.process_time()
                for _ in range(steps):
                    network(torch.randn(shape))
                times.append(time.process_time() - start)
        return round((times[1] - times[0]) / 6, 3)

    def step(network, shape):
        optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
        times = []
        for steps in (2, 8):
            start = time.process_time()
            for _ in range(steps):
                optimiser.zero_grad()
                network.loss(torch.randn(shape)).backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
            times.append(time.process_time() - start)
        return round((times[1] - times[0]) / 6, 3)

    network, infilling = ResNet(), UNet()
    return {
        "pretraining_step_cpu_s": step(Autoencoder(), (64, TOKENS, SIZE)),
        "tuning_step_cpu_s": step(Classifier(), (32, TOKENS, SIZE)),
        "residual_step_cpu_s": step(network, (16, 24, 64, 64)),
        "residual_scores_cpu_s": scores(network, (16, 24, 64, 64)),
        "infilling_step_cpu_s": step(infilling, (8, 21, 56, 56)),
        "infilling_tiles_cpu_s": scores(infilling, (8, 21, 56, 56)),
    }


def told(command, threads):
    environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)


def main():
    if len(sys.argv) > 1:
        print(json.dumps(torch_steps(int(sys.argv[1]))))
        return
    binary = peer.build("bench_neural", "--no-default-features")
    kept = {}
    for threads in THREADS:
        runs = [
            (told([binary], threads), told([sys.executable, __file__, str(threads)], threads))
            for _ in range(RUNS)
        ]
        ours, theirs = ({key: min(run[side][key] for run in runs) for key in runs[0][side]} for side in (0, 1))
        ratio = {key: round(ours[key] / theirs[key], 2) for key in ours}
        kept[f"threads_{threads}"] = {"paydirt": ours, "torch": theirs, "ratio": ratio}
    KEPT.write_text(json.dumps(kept, indent=2) + "\n")
    print(json.dumps(kept, indent=2))


if __name__ == "__main__":
    main()
