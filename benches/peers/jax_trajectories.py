"""Trajectories of all-to-all coupled units in JAX, f32, on whatever device JAX finds: the peer of benches/gpu.sh."""

import argparse
import json
import statistics
import time

import jax
import jax.numpy as jnp
from jax import lax

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--batch", type=int, default=10_000)
parser.add_argument("--steps", type=int, default=200)
parser.add_argument("--units", type=int, default=74)
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--unroll", type=int, default=4)
args = parser.parse_args()

DT = 1e-3


@jax.jit
def run(j, drive, key):
    def step(x, k):
        noise = jax.random.normal(jax.random.fold_in(key, k), x.shape)
        return x - DT * (x * (2 + 4 * x * x) + drive + x @ j) + (2 * DT) ** 0.5 * noise, None

    return lax.scan(step, jnp.zeros_like(drive), jnp.arange(args.steps), unroll=args.unroll)[0]


raw = jax.random.normal(jax.random.key(1), (args.units, args.units)) / args.units**0.5
lower = jnp.tril(raw, -1)
data = lower + lower.T, jax.random.normal(jax.random.key(2), (args.batch, args.units))
jax.block_until_ready(run(*data, jax.random.key(0)))
seconds = []
for repeat in range(args.repeats):
    start = time.perf_counter()
    jax.block_until_ready(run(*data, jax.random.key(repeat)))
    seconds.append(time.perf_counter() - start)
print(json.dumps({
    "peer": "jax", "version": jax.__version__, "device": jax.devices()[0].device_kind, "batch": args.batch,
    "steps": args.steps, "units": args.units, "seconds": statistics.median(seconds),
}))
