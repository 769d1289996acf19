#!/bin/sh
# Installs what is missing, builds, and runs every test. Ends on the test runner's summary line.
#   tests/run.sh         the release build
#   tests/run.sh asan    under sanitizers: asan (address and undefined behaviour) or tsan (threads)
#   tests/run.sh fuzz SECONDS   only the fuzz targets, each for that long
set -eu
cd "$(dirname "$0")/.."
. examples/install-packages.sh

preset=${1:-release}
# Fuzzing needs clang; where it cannot be had, the rest is tested all the same.
fuzz() {
  if (packages clang-14 libclang-rt-14-dev) && command -v clang++-14 >/dev/null; then
    tests/fuzz/run.sh "$1"
  else
    echo "skipped: fuzzing, because clang 14 is not installed"
  fi
}

case $preset in
  fuzz) fuzz "${2:-60}"; exit ;;
  release) folder=build ;;
  asan | tsan)
    folder=build-$preset
    packages clang-14 libclang-rt-14-dev
    ;;
  *) echo "usage: tests/run.sh [release|asan|tsan|fuzz SECONDS]" >&2; exit 2 ;;
esac

packages doctest-dev dpkg-dev file

# Programs that others wrote, for the interop tests; those are skipped where they cannot be had. The
# program itself never needs them.
for each in agents apps clients gateways packages; do
  folder_of=tests/interop/$each
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "skipped: interop with real $each, because node and npm are not installed"
  elif [ ! "$folder_of/node_modules/.package-lock.json" -nt "$folder_of/package-lock.json" ]; then
    (cd "$folder_of" && npm ci --no-progress --loglevel=error) ||
      echo "skipped: interop with real $each, because their packages could not be installed"
  fi
done

[ "$preset" != release ] || fuzz 8

cmake --preset "$preset" -DPATCHBAY_TESTS=ON >/dev/null
cmake --build --preset "$preset" --target patchbay patchbay_tests
exec "$folder/patchbay_tests"
