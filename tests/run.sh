#!/bin/sh
# Installs what is missing, builds, and runs every test. Ends on the test runner's summary line.
#   tests/run.sh         the release build
#   tests/run.sh asan    under sanitizers: asan (address and undefined behaviour) or tsan (threads)
set -eu
cd "$(dirname "$0")/.."
. examples/install-packages.sh

preset=${1:-release}
case $preset in
  release) folder=build ;;
  asan | tsan) folder=build-$preset ;;
  *) echo "usage: tests/run.sh [release|asan|tsan]" >&2; exit 2 ;;
esac

packages doctest-dev

# Real agents for the interop tests; those are skipped where the agents cannot be had.
agents=tests/interop/agents
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "skipped: interop with real agents, because node and npm are not installed"
elif [ ! "$agents/node_modules/.package-lock.json" -nt "$agents/package-lock.json" ]; then
  (cd "$agents" && npm ci --no-progress --loglevel=error) ||
    echo "skipped: interop with real agents, because their packages could not be installed"
fi

cmake --preset "$preset" -DPATCHBAY_TESTS=ON >/dev/null
cmake --build --preset "$preset" --target patchbay patchbay_tests
exec "$folder/patchbay_tests"
