#!/bin/sh
# Hands an agent a job with a file from a shell: finds an agent by what it can do, looks at it, sends
# it the file, answers its question and fetches what it made. Every step is `patchbay call`, a
# process of its own. Needs the program that examples/try.sh builds; PATCHBAY names another one.
set -eu
program=${PATCHBAY:-$(cd "$(dirname "$0")/.." && pwd)/build/patchbay}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'The pump was replaced.\nThe pressure is stable again.\n' >"$folder/notes.txt"

call() {
  printf '\n> %s %s\n' "$1" "$2"
  "$program" --sandbox --workspace "$folder" call "$1" "$2" >"$folder/reply"
  sed 's/^/    /' "$folder/reply"
}

call list_agents '{"query":"edit"}'
call get_agent '{"id":"agent:sandbox-editor"}'
call invoke '{"target":"agent:sandbox-editor","prompt":"Edit these notes.","files":["notes.txt"]}'

# The agent asks, and its task waits for the answer.
task=$(sed -n 's/^\[task_id \(.*\)\]$/\1/p' "$folder/reply")
[ -n "$task" ] || { echo "the agent asked nothing" >&2; exit 1; }
call get_task '{"task_id":"'"$task"'"}'
call invoke '{"task_id":"'"$task"'","prompt":"Pump report","save_to":"report.md"}'

printf '\n> cat patchbay-out/report.md\n'
sed 's/^/    /' "$folder/patchbay-out/report.md"
