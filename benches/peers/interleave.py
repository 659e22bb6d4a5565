"""Runs shell commands round robin and compares the medians of the `median_seconds` that each prints.

    python interleave.py --rounds 5 'cargo run ...' '.venv/bin/python peer_jax.py simulate' ...

Each command prints one JSON line with `median_seconds` (other lines are passed over; the last such line counts). A name
may come before a command as NAME::COMMAND. The ratios are to the first command: above 1 is slower than it.
"""

import argparse
import json
import statistics
import subprocess
import sys

SEPARATOR = "::"


def seconds(name, command):
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{name}: exit status {done.returncode}: {command}")
    for line in reversed(done.stdout.splitlines()):
        try:
            return float(json.loads(line)["median_seconds"])
        except (ValueError, KeyError, TypeError):
            continue
    sys.exit(f"{name}: no JSON line with median_seconds: {command}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="+", metavar="[NAME::]COMMAND")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the table")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds must be 1 or more")

    runs = []
    for text in args.commands:
        name, mark, command = text.partition(SEPARATOR)
        # A `::` inside a command (a test's path, say) is no name's end.
        named = mark and name and " " not in name
        runs.append({"name": name if named else text, "command": command if named else text, "seconds": []})

    for number in range(args.rounds):
        for run in runs:
            run["seconds"].append(seconds(run["name"], run["command"]))
            print(f"round {number + 1}/{args.rounds}: {run['seconds'][-1]:.4f} s  {run['name']}", file=sys.stderr)

    for run in runs:
        run["median_seconds"] = statistics.median(run["seconds"])
        run["ratio"] = run["median_seconds"] / runs[0]["median_seconds"]

    if args.json:
        print(json.dumps({"rounds": args.rounds, "runs": runs}, indent=2))
        return
    print(f"{'median s':>10} {'min s':>10} {'max s':>10} {'ratio':>8}  command")
    for run in runs:
        low, high = min(run["seconds"]), max(run["seconds"])
        print(f"{run['median_seconds']:10.4f} {low:10.4f} {high:10.4f} {run['ratio']:8.2f}  {run['name']}")


if __name__ == "__main__":
    main()
