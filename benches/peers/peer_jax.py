"""The three problems in JAX on the CPU, f32. See README.md for what --threads does here."""

import os

import problem
from problem import BETA1, BETA2, EPSILON, LEARNING_RATE, OUTPUTS, SIZES, UNITS

parser = problem.arguments(__doc__)
parser.add_argument("--rng", choices=["threefry2x32", "rbg", "unsafe_rbg"], default="threefry2x32")
parser.add_argument("--unroll", type=int, default=4, help="lax.scan(unroll=...)")
parser.add_argument("--devices", type=int, default=1, help="host devices that the batch is sharded over (simulate)")
parser.add_argument("--form", choices=["batched", "scan"], default="scan", help="action: all times at once, or a scan")
parser.add_argument("--xla-flags", default="", help="further XLA_FLAGS")
args = parser.parse_args()

# XLA's CPU client sizes its thread pools by the CPUs that this process may run on, when it starts.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = " ".join([
    os.environ.get("XLA_FLAGS", ""),
    f"--xla_force_host_platform_device_count={args.devices}",
    f"--xla_cpu_multi_thread_eigen={'true' if args.threads > 1 else 'false'}",
    args.xla_flags,
]).strip()

import jax
import jax.numpy as jnp
from jax import lax

jax.config.update("jax_default_prng_impl", args.rng)


def couplings(raw):
    lower = jnp.tril(raw, -1)
    return lower + lower.T


def langevin(x, drive, j, noise, dt):
    force = x * (2 + 4 * x * x) + drive + x @ j
    return x - dt * force + (2 * dt) ** 0.5 * noise


def adam(params, grads, state):
    count, first, second = state
    count = count + 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, grads)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, grads)
    rate = LEARNING_RATE * jnp.sqrt(1 - BETA2**count) / (1 - BETA1**count)
    params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), params, first, second)
    return params, (count, first, second)


def simulate(size):
    def outputs(params, inputs, key):
        weights, bias, raw = params
        drive, j = inputs @ weights + bias, couplings(raw)

        def step(x, k):
            noise = jax.random.normal(jax.random.fold_in(key, k), x.shape)
            return langevin(x, drive, j, noise, size.dt), None

        x, _ = lax.scan(step, jnp.zeros_like(drive), jnp.arange(size.steps), unroll=args.unroll)
        return jnp.argmax(x[:, -OUTPUTS:], axis=1)

    params = jax.tree.map(jnp.asarray, problem.parameters())
    n = args.devices
    keys = iter(jax.random.split(jax.random.key(0), 10_000))
    if n == 1:
        program, inputs = jax.jit(outputs), jnp.asarray(problem.inputs(size))
        return lambda: program(params, inputs, next(keys))
    program = jax.pmap(outputs)
    devices = jax.devices()
    params = jax.device_put_replicated(params, devices)
    inputs = jax.device_put_sharded(list(problem.inputs(size).reshape(n, size.batch // n, -1)), devices)
    return lambda: program(params, inputs, jax.random.split(next(keys), n))


def action(size):
    def loss(params, inputs, x):
        weights, bias, raw = params
        drive, j = inputs @ weights + bias, couplings(raw)

        def terms(before, after):
            force = before * (2 + 4 * before * before) + drive + before @ j
            return jnp.sum((after - before + size.dt * force) ** 2)

        if args.form == "batched":
            total = terms(x[:-1], x[1:])
        else:
            def step(sum_, k):
                return sum_ + terms(x[k], x[k + 1]), None
            total, _ = lax.scan(jax.checkpoint(step), 0.0, jnp.arange(size.steps), unroll=args.unroll)
        return total / (4 * size.dt * size.batch)

    data = jnp.asarray(problem.inputs(size)), jnp.asarray(problem.states(size))
    return training(loss, lambda: data)


def pathwise(size):
    def loss(params, inputs, labels, key):
        weights, bias, raw = params
        drive, j = inputs @ weights + bias, couplings(raw)
        noise = jax.random.normal(key, (size.steps, size.batch, UNITS))

        def step(x, noise):
            return langevin(x, drive, j, noise, size.dt), None

        x, _ = lax.scan(step, jnp.zeros_like(drive), noise, unroll=args.unroll)
        logs = jax.nn.log_softmax(2 * x[:, -OUTPUTS:])
        return -jnp.mean(jnp.take_along_axis(logs, labels[:, None], axis=1))

    inputs, labels = jnp.asarray(problem.inputs(size)), jnp.asarray(problem.labels(size))
    keys = iter(jax.random.split(jax.random.key(0), 10_000))
    return training(loss, lambda: (inputs, labels, next(keys)))


def training(loss, batch):
    @jax.jit
    def step(params, state, *data):
        value, grads = jax.value_and_grad(loss)(params, *data)
        params, state = adam(params, grads, state)
        return params, state, value

    params = jax.tree.map(jnp.asarray, problem.parameters())
    if args.check:
        value, grads = jax.jit(jax.value_and_grad(loss))(params, *batch())
        problem.check(["loss", "grad W", "grad b", "grad raw"], [value, *grads])
    zeros = jax.tree.map(jnp.zeros_like, params)
    held = [params, (jnp.float32(0), zeros, zeros)]

    def run():
        *held[:], value = step(*held, *batch())
        return held, value

    return run


work = {"simulate": simulate, "action": action, "pathwise": pathwise}[args.bench](SIZES[args.bench])
if args.check and args.bench == "simulate":
    import numpy as np
    problem.check(["histogram"], [np.bincount(np.asarray(work()).ravel(), minlength=OUTPUTS)])
problem.report(
    lambda: jax.block_until_ready(work()),
    bench=args.bench, peer="jax", version=jax.__version__, repeats=args.repeats, threads=args.threads,
    settings={"rng": args.rng, "unroll": args.unroll, "devices": args.devices, "form": args.form},
)
