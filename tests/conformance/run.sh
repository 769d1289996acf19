#!/bin/sh
# Runs the official conformance suite against the fixture, for both revisions, scored and not scored.
#   tests/conformance/run.sh BUILD_FOLDER
# Ends with status 77 where node or npm is absent; else every check must pass.
set -eu
fixture=$1/mcp_conformance_fixture
case $fixture in /*) ;; *) fixture=$PWD/$fixture ;; esac
cd "$(dirname "$0")"

command -v npm >/dev/null || { echo "no npm: the conformance suite was not run" >&2; exit 77; }
[ -x node_modules/node/bin/node ] || npm ci --silent >&2 || exit 77

out=$(mktemp -d)
"$fixture" --http 127.0.0.1:0 >"$out/url" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$out"' EXIT
for _ in $(seq 100); do
  [ -s "$out/url" ] && break
  sleep 0.1
done

failed=0
for revision in 2025-11-25 2026-07-28; do
  timeout 120 node_modules/node/bin/node \
    node_modules/@modelcontextprotocol/conformance/dist/index.js server \
    --url "$(head -n 1 "$out/url")" --requirements "$revision" -o "$out/$revision" \
    >"$out/$revision.log" 2>&1 || failed=1
  grep '^Total' "$out/$revision.log" | sed "s/^/conformance $revision: /"
  # The suite forgives what it does not score; we do not.
  if grep -rq '"status": *"FAILURE"' "$out/$revision"; then failed=1; fi
  grep '^✗' "$out/$revision.log" || true
done
exit $failed
