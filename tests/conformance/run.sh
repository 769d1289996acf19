#!/bin/sh
# Runs the official conformance suite against the fixture: what each revision requires, and all there is,
# scored and not scored. Each run has a fixture of its own, and all run at once.
#   tests/conformance/run.sh BUILD_FOLDER
# Ends with status 77 where node or npm is absent; else every check must pass.
set -eu
fixture=$1/mcp_conformance_fixture
case $fixture in /*) ;; *) fixture=$PWD/$fixture ;; esac
cd "$(dirname "$0")"

command -v npm >/dev/null || { echo "no npm: the conformance suite was not run" >&2; exit 77; }
[ -x node_modules/node/bin/node ] || npm ci --silent >&2 || exit 77

out=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || true; rm -rf "$out"' EXIT

# run NAME OPTION...: waits for the fixture of that name and leaves the suite's status in a file.
run() {
  name=$1
  shift
  for _ in $(seq 100); do
    [ -s "$out/$name.url" ] && break
    sleep 0.1
  done
  status=0
  timeout 120 node_modules/node/bin/node \
    node_modules/@modelcontextprotocol/conformance/dist/index.js server \
    --url "$(head -n 1 "$out/$name.url")" "$@" -o "$out/$name" >"$out/$name.log" 2>&1 || status=$?
  echo "$status" >"$out/$name.status"
}

runs=
for name in 2025-11-25 2026-07-28 all; do
  "$fixture" --http 127.0.0.1:0 >"$out/$name.url" &
  servers="$servers $!"
  case $name in
    all) run all --suite all & ;;
    *) run "$name" --requirements "$name" & ;;
  esac
  runs="$runs $!"
done
# shellcheck disable=SC2086 # a list of words
wait $runs

failed=0
for name in 2025-11-25 2026-07-28 all; do
  [ "$(cat "$out/$name.status")" = 0 ] || failed=1
  grep '^Total' "$out/$name.log" | sed "s/^/conformance $name: /"
  # The suite forgives what it does not score; we do not.
  if grep -rq '"status": *"FAILURE"' "$out/$name"; then failed=1; fi
  grep '^✗' "$out/$name.log" || true
done
exit $failed
