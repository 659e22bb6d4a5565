"""The three measured problems: their sizes, their data and how a run is timed, the same for every peer."""

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass

import numpy as np

UNITS, INPUTS, OUTPUTS = 74, 784, 10
LEARNING_RATE = 1e-3
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Size:
    batch: int
    steps: int
    dt: float


SIZES = {
    "simulate": Size(batch=10_000, steps=200, dt=1e-3),
    "action": Size(batch=1_000, steps=200, dt=1e-3),
    "pathwise": Size(batch=500, steps=40, dt=5e-3),
}


def parameters():
    """W [784, 74], b [74] and the raw matrix whose strict lower triangle l gives J = l + l^T."""
    rng = np.random.default_rng(1)
    weights = rng.normal(0, 1 / np.sqrt(INPUTS), (INPUTS, UNITS))
    bias = rng.normal(0, 0.1, UNITS)
    raw = rng.normal(0, 0.1, (UNITS, UNITS))
    return tuple(a.astype(np.float32) for a in (weights, bias, raw))


def inputs(size):
    return np.random.default_rng(2).random((size.batch, INPUTS), dtype=np.float32)


def labels(size):
    return np.random.default_rng(3).integers(0, OUTPUTS, size.batch)


def states(size):
    """Random walks from 0 with the step of free diffusion: [steps + 1, batch, 74]."""
    rng = np.random.default_rng(4)
    x = np.zeros((size.steps + 1, size.batch, UNITS), np.float32)
    rng.standard_normal(dtype=np.float32, out=x[1:])
    x *= np.float32(np.sqrt(2 * size.dt))
    return np.cumsum(x, axis=0, out=x)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("bench", choices=SIZES)
    parser.add_argument("--repeats", type=int, help="timed runs: 5 of simulate, 20 of the others if left out")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="print one run's value and gradients to stderr")
    return parser


def report(run, *, bench, peer, version, repeats, threads, settings):
    """Times `run` (which returns once its result is there) and prints the JSON line; the first run is not timed."""
    repeats = repeats or (5 if bench == "simulate" else 20)
    run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({
        "bench": bench,
        "peer": peer,
        "version": version,
        "median_seconds": statistics.median(seconds),
        "min_seconds": min(seconds),
        "repeats": repeats,
        "threads": threads,
        "settings": settings,
    }))


def check(names, values):
    for name, value in zip(names, values):
        value = np.asarray(value, np.float64)
        print(f"{name}: mean {value.mean():.9g} norm {np.linalg.norm(value):.9g}", file=sys.stderr)
