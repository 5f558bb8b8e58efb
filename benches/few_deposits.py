"""Small networks beside PyTorch and the shap package, one thread each: python3 benches/few_deposits.py

A perceptron 7-100-8-6-4-2-1 over 6,000 epochs on 313 rows in batches of 82 (Adam); the deviation network
58-24-12-1 over 2,500 steps of 128 rows (Nadam); Kernel SHAP of the latter for 679 rows against 10, with
2 x 58 + 2,048 coalitions a row (shap's own number), of which shap explains 20, scaled up. CPU seconds, the
median of three runs of each side in turn. Needs torch 2.15 and shap 0.51 in the environment that runs it.
"""

import json
import os
import statistics
import subprocess
import sys
import time

import peer


def network(*widths):
    from torch import nn

    layers = [layer for a, b in zip(widths, widths[1:]) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def deviation_network(torch):
    model = network(58, 24, 12, 1)
    rows, optimiser = torch.rand(274, 58) * 2 - 1, torch.optim.NAdam(model.parameters(), lr=5e-3)
    y = torch.arange(128) % 2
    for _ in range(2500):
        chosen = torch.where(y == 1, torch.randint(0, 5, (128,)), torch.randint(5, 274, (128,)))
        deviation = model(rows[chosen])[:, 0]
        loss = torch.where(y == 1, torch.clamp(20 - deviation, min=0), deviation.abs()).mean()
        loss = loss + 5e-4 * (model[0].weight ** 2).sum() + 7e-4 * (model[2].weight ** 2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


def theirs(job):
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(1)
    start = time.process_time()
    if job == "mlp":
        model = network(7, 100, 8, 6, 4, 2, 1)
        rows, y = torch.rand(313, 7) * 2 - 1, (torch.arange(313) < 95).float()
        optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(6000):
            for chosen in torch.randperm(313).split(82):
                odds = model(rows[chosen])[:, 0]
                loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, y[chosen])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    elif job == "devnet":
        deviation_network(torch)
    else:
        import numpy
        import shap

        model = deviation_network(torch)
        with torch.no_grad():
            score = lambda rows: model(torch.from_numpy(rows.astype(numpy.float32)))[:, 0].numpy()
            draw = numpy.random.default_rng(1)
            explainer = shap.KernelExplainer(score, draw.uniform(-1, 1, (10, 58)))
            start = time.process_time()
            explainer.shap_values(draw.uniform(-1, 1, (20, 58)), silent=True)
        return (time.process_time() - start) * 679 / 20
    return time.process_time() - start


def main():
    binary = peer.build("bench_few_deposits", "--no-default-features")
    environment = os.environ | {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    result = {}
    for job in ("mlp", "devnet", "shap"):
        times = {"paydirt": [], "peer": []}
        for _ in range(3):
            for side, command in (("paydirt", [binary, job]), ("peer", [sys.executable, __file__, job])):
                printed = subprocess.run(command, env=environment, check=True, capture_output=True).stdout
                times[side].append(json.loads(printed)["cpu_s"])
        ours, peers = (statistics.median(times[side]) for side in ("paydirt", "peer"))
        result[job] = {"paydirt_cpu_s": ours, "peer_cpu_s": round(peers, 3), "ratio": round(ours / peers, 3)}
    peer.keep("few_deposits", result)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps({"cpu_s": theirs(sys.argv[1])}))
    else:
        main()
