#!/usr/bin/env bash
# Measures the shop beside its yardsticks and prints one table; exit code 1 when a bar is missed.
# Arguments go to souk-bench: `bench/run.sh --only page,checkout`, `--rounds 7`, `--help`.
set -euo pipefail
cd "$(dirname "$0")/.."

./tools/setup.sh bench
echo "building souk and souk-bench (a first build takes some minutes)" >&2
"${CARGO:-cargo}" build --release --quiet --package souk --package souk-bench
target=${CARGO_TARGET_DIR:-target}
exec "$target/release/souk-bench" --souk "$target/release/souk" "$@"
