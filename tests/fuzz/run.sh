#!/bin/sh
# Builds the fuzz targets and runs each for some seconds, two at a time; fails when one finds something.
#   tests/fuzz/run.sh SECONDS            all of them
#   tests/fuzz/run.sh SECONDS TARGET     one that is built: json, http_head, server, streams, documents
# What was found lies in build-fuzz/findings/; `build-fuzz/fuzz_TARGET FILE` shows it again.
set -eu
cd "$(dirname "$0")/../.."
seconds=$1
target=${2:-}

if [ -z "$target" ]; then
  cmake --preset fuzz >/dev/null
  cmake --build --preset fuzz
  printf '%s\n' server streams documents http_head json | xargs -n 1 -P 2 "$0" "$seconds"
  exit
fi

mkdir -p build-fuzz/findings "build-fuzz/corpus/$target"
log=build-fuzz/findings/$target.log
if ! "build-fuzz/fuzz_$target" -seed=1 -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
  -dict=tests/fuzz/protocol.dict -artifact_prefix="build-fuzz/findings/$target-" -print_final_stats=1 \
  "build-fuzz/corpus/$target" "tests/fuzz/seeds/$target" >"$log" 2>&1; then
  grep -v -e '^#' -e NEW_FUNC "$log" | tail -n 60 >&2
  echo "fuzz_$target found something: see $log" >&2
  exit 1
fi
echo "fuzz_$target: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
