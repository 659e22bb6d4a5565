#!/usr/bin/env bash
# What a GPU does, in under 8 minutes: does it compute what the processor computes, and how fast, beside JAX of this machine's python3.
#
#   cargo build --release -p trainer --features cuda           (on any machine; nothing of CUDA is needed)
#   strip -o trainer target/release/trainer && xz trainer      (about 11 MB to carry)
#   benches/gpu.sh TRAINER [BACKEND…]                          (the binary, packed or not; default: cuda, and wgpu where Vulkan is)
#
# Exit code 1 if a backend does not agree with the processor; a backend without a device is said and left out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
given=$(realpath "${1:?the program trainer, or trainer.xz}")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $given in
    *.xz) xz -dc "$given" > "$work/trainer" && chmod +x "$work/trainer" && trainer=$work/trainer ;;
    *) trainer=$given ;;
esac
cd "$work"
backends=("$@")
if [ ${#backends[@]} = 0 ]; then
    backends=(cuda)
    ldconfig -p 2> /dev/null | grep -q libvulkan.so.1 && backends+=(wgpu)
fi
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2> /dev/null || echo "nvidia-smi: not here"
grep -m 1 'model name' /proc/cpuinfo || true

# A classifier and a generator of seconds, made by the processor.
"$trainer" --task digits --offline --set teacher.epochs=2 --out digits > /dev/null 2>&1
"$trainer" --task generate-digits --offline --set stage.0.training.steps=50 --set evaluation.samples=50 --out generate > /dev/null 2>&1
heat_of() { sed 's/.*"heat":{"mean_kt":\([0-9.e+-]*\).*/\1/'; }
answers() { "$trainer" evaluate digits --offline --json --backend "$1" --predictions "$1.csv" 2> "$1.log" | heat_of > "$1.heat"; }
rm -f ndarray.csv && answers ndarray
status=0 there=()
for backend in "${backends[@]}"; do
    if ! answers "$backend"; then
        echo "$backend: left out: $(tail -n 1 "$backend.log")"
        continue
    fi
    grep 'backend:' "$backend.log" || true
    there+=("$backend")
    differ=$(diff ndarray.csv "$backend.csv" | grep -c '^>' || true)
    off=$(awk -v a="$(cat ndarray.heat)" -v b="$(cat "$backend.heat")" 'BEGIN { d = (a - b) / a; print d < 0 ? -d : d }')
    echo "$backend: of 360 answers $differ differ from the processor's; the mean heat differs by $off of itself"
    # An answer at a tie of two outputs may go by rounding; more is another dynamics.
    if [ "$differ" -gt 2 ] || awk -v d="$off" 'BEGIN { exit !(d > 1e-4) }'; then
        echo "$backend: DOES NOT AGREE"
        status=1
    fi
done
"$trainer" check-gradients > gradients 2>&1 || status=1
for backend in "${there[@]}"; do
    grep "^$backend " gradients | head -n 12 || true
done

run() {
    local title=$1 batch=$2 steps=$3 units=$4 couplings=$5 repeats=$6
    echo "== $title: $batch × $steps steps × $units units, $couplings"
    for backend in "${there[@]}"; do
        timeout 120 "$trainer" bench simulate --backend "$backend" --batch "$batch" --steps "$steps" --units "$units" \
            --couplings "$couplings" --repeats "$repeats" || echo "$backend: not within 120 s, or failed"
    done
    [ "$couplings" != dense ] || timeout 120 python3 "$here/peers/jax_trajectories.py" --batch "$batch" --steps "$steps" \
        --units "$units" --repeats "$repeats" 2> /dev/null || echo "JAX: not here, or not within 120 s"
}
if [ ${#there[@]} -gt 0 ]; then
    run "paper A" "${BATCH:-10000}" 200 74 dense 5
    [ -n "${BATCH:-}" ] || run "many" 1000000 200 74 dense 3
    run "paper B" "${BATCH:-100}" "${STEPS:-2500}" 1296 generator 3
    run "large" "${BATCH:-64}" "${STEPS:-500}" 4096 dense 3
fi
exit $status
