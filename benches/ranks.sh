#!/usr/bin/env bash
# Weak scaling of `trainer --mpi`: seconds of a training step on 1 and 2 ranks of one thread each, 1,000 examples a rank (500 of the
# digits), in turn.
#
#   benches/ranks.sh TRAINER [ROUNDS] [RANKS…]        (a trainer with MPI; THERMO_DATA names a folder with MNIST, else the digits serve)
#
# Prints the median of each and their ratio, the efficiency.
set -euo pipefail
trainer=$(realpath "${1:?the program trainer}")
rounds=${2:-5}
shift $(($# < 2 ? $# : 2))
counts=("${@:-1}")
[ $# -gt 0 ] || counts=(1 2)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 RAYON_NUM_THREADS=1
task=mnist-pathwise each=1000
[ -n "${THERMO_DATA:-}" ] || { task=digits each=500; }
job=(--task "$task" --offline --set objective.kind=pathwise --set evaluation.replicas=1 --set "training.steps=${STEPS:-150}"
    --set validation.images=100 --set teacher.epochs=1)
"$trainer" "${job[@]}" --set training.steps=1 --set training.batch=100 --out teacher > /dev/null 2>&1
for round in $(seq "$rounds"); do
    for n in "${counts[@]}"; do
        mpirun -n "$n" --bind-to core "$trainer" --mpi "${job[@]}" --teacher teacher --set "training.batch=$((each * n))" \
            --out "run-$n-$round" > /dev/null 2> log || { cat log >&2; exit 2; }
        # The last look at the loss has the seconds that the phase has taken.
        grep '"phase":"computer"' "run-$n-$round/metrics.jsonl" | tail -n 1 | sed 's/.*"seconds":\([0-9.e-]*\).*/\1/' >> "seconds-$n"
    done
done
for n in "${counts[@]}"; do
    sort -g "seconds-$n" | awk -v n="$n" -v steps="${STEPS:-150}" -v task="$task" '{ s[NR] = $1 }
        END { m = s[int((NR + 1) / 2)]; printf "%s, %d rank%s: %.1f ms a step (%.1f to %.1f, %d rounds)\n",
              task, n, n == 1 ? "" : "s", 1000 * m / steps, 1000 * s[1] / steps, 1000 * s[NR] / steps, NR }'
    sort -g "seconds-$n" | awk '{ s[NR] = $1 } END { print s[int((NR + 1) / 2)] }' > "median-$n"
done
for n in "${counts[@]}"; do
    echo "efficiency at $n: $(awk -v a="$(cat "median-${counts[0]}")" -v b="$(cat "median-$n")" 'BEGIN { printf "%.3f", a / b }')"
done
