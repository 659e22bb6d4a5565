"""The three problems in PyTorch on the CPU, f32."""

import argparse
import os

import problem
from problem import BETA1, BETA2, EPSILON, LEARNING_RATE, OUTPUTS, SIZES, UNITS

parser = problem.arguments(__doc__)
parser.add_argument("--workers", type=int,
                    help="simulate: Python threads that share the batch, each with its own generator and threads/workers "
                         "intra-op threads; as many as threads if left out, as randn draws on one thread only")
parser.add_argument("--rows", type=int, default=0, help="simulate: batch rows at a time (0: all)")
parser.add_argument("--chunk", type=int, default=5, help="action: times per backward pass (0: all)")
parser.add_argument("--compile", action=argparse.BooleanOptionalAction,
                    help="action, pathwise: torch.compile the loss (needs a C++ compiler; on for action if left out)")
args = parser.parse_args()
if args.workers is None:
    args.workers = args.threads
if args.compile is None:
    args.compile = args.bench == "action"

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(args.threads)
os.environ["CUDA_VISIBLE_DEVICES"] = ""

from concurrent.futures import ThreadPoolExecutor

import torch
from torch.nn import functional as F

torch.set_num_threads(args.threads)
torch.manual_seed(0)


def couplings(raw):
    lower = raw.tril(-1)
    return lower + lower.T


def propagator(raw, dt):
    """The linear part of a step: x - dt (2 x + x J) = x @ ((1 - 2 dt) I - dt J)."""
    return (1 - 2 * dt) * torch.eye(UNITS) - dt * couplings(raw)


def simulate(size):
    weights, bias, raw = map(torch.from_numpy, problem.parameters())
    inputs = torch.from_numpy(problem.inputs(size))
    scale = (2 * size.dt) ** 0.5

    def trajectories(inputs, generator):
        drive = torch.addmm(bias, inputs, weights).mul_(-size.dt)
        linear = propagator(raw, size.dt)
        x, after, work = torch.zeros_like(drive), torch.empty_like(drive), torch.empty_like(drive)
        for _ in range(size.steps):
            torch.addmm(drive, x, linear, out=after)
            torch.mul(x, x, out=work)
            after.addcmul_(work, x, value=-4 * size.dt)
            torch.randn(drive.shape, generator=generator, out=work)
            after.add_(work, alpha=scale)
            x, after = after, x
        return x[:, -OUTPUTS:].argmax(1)

    def part(inputs, generator):
        with torch.no_grad():
            rows = args.rows or len(inputs)
            return torch.cat([trajectories(part, generator) for part in inputs.split(rows)])

    if args.workers == 1:
        generator = torch.Generator().manual_seed(0)
        return lambda: part(inputs, generator)
    generators = [torch.Generator().manual_seed(n) for n in range(args.workers)]
    pool = ThreadPoolExecutor(args.workers, initializer=torch.set_num_threads, initargs=(args.threads // args.workers,))
    torch.set_num_threads(args.threads // args.workers)
    return lambda: torch.cat(list(pool.map(part, inputs.chunk(args.workers), generators)))


def action(size):
    inputs = torch.from_numpy(problem.inputs(size))
    x = torch.from_numpy(problem.states(size))
    dt, chunk = size.dt, args.chunk or size.steps

    def residual(before, after):
        """The part of dx + dt * force that no parameter enters."""
        with torch.no_grad():
            cubic = torch.mul(before, before).mul_(before).mul_(4 * dt)
            return cubic.add_(after).sub_(before, alpha=1 - 2 * dt)

    def squares(drive, j, before, after):
        fixed = residual(before, after)
        r = torch.addmm(fixed.view(-1, UNITS), before.view(-1, UNITS), j, alpha=dt).view_as(before) + drive
        return torch.dot(r.view(-1), r.view(-1)) / (4 * dt * size.batch)

    if args.compile:
        def plain(drive, j, before, after):
            r = after - before + dt * (before * (2 + 4 * before * before) + before @ j) + drive
            return (r * r).sum() / (4 * dt * size.batch)
        squares = torch.compile(plain)

    def gradients(weights, bias, raw):
        drive, j = torch.addmm(bias, inputs, weights) * dt, couplings(raw)
        if chunk == size.steps:
            loss = squares(drive, j, x[:-1], x[1:])
            loss.backward()
            return loss.detach()
        # The times accumulate their gradients in drive and J, which are then passed on once.
        leaves = drive.detach().requires_grad_(), j.detach().requires_grad_()
        total = torch.zeros(())
        for k in range(0, size.steps, chunk):
            end = min(k + chunk, size.steps)
            loss = squares(*leaves, x[k:end], x[k + 1 : end + 1])
            loss.backward()
            total += loss.detach()
        torch.autograd.backward([drive, j], [leaf.grad for leaf in leaves])
        return total

    return training(gradients)


def pathwise(size):
    inputs, labels = torch.from_numpy(problem.inputs(size)), torch.from_numpy(problem.labels(size))
    dt = size.dt
    scale = (2 * dt) ** 0.5

    def trajectories(drive, linear, noise):
        x = drive + noise[0]
        for k in range(1, size.steps):
            x = torch.addmm(drive + noise[k], x, linear).sub(x.pow(3), alpha=4 * dt)
        return F.cross_entropy(2 * x[:, -OUTPUTS:], labels)

    body = torch.compile(trajectories) if args.compile else trajectories

    def gradients(weights, bias, raw):
        noise = torch.randn(size.steps, size.batch, UNITS).mul_(scale)
        drive = torch.addmm(bias, inputs, weights) * -dt
        loss = body(drive, propagator(raw, dt), noise)
        loss.backward()
        return loss.detach()

    return training(gradients)


def training(gradients):
    params = [torch.from_numpy(a).requires_grad_() for a in problem.parameters()]
    optimizer = torch.optim.Adam(params, LEARNING_RATE, (BETA1, BETA2), EPSILON, fused=True)
    if args.check:
        loss = gradients(*params)
        problem.check(["loss", "grad W", "grad b", "grad raw"], [loss, *(p.grad for p in params)])

    def run():
        optimizer.zero_grad()
        loss = gradients(*params)
        optimizer.step()
        return loss

    return run


work = {"simulate": simulate, "action": action, "pathwise": pathwise}[args.bench](SIZES[args.bench])
if args.check and args.bench == "simulate":
    problem.check(["histogram"], [torch.bincount(work(), minlength=OUTPUTS)])
problem.report(
    work,
    bench=args.bench, peer="torch", version=torch.__version__, repeats=args.repeats, threads=args.threads,
    settings={"workers": args.workers, "rows": args.rows, "chunk": args.chunk, "compile": args.compile},
)
