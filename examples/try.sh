#!/bin/sh
# Installs what is missing, builds, and shows the main job without a key: an MCP client speaks to
# `patchbay --sandbox`, lists models and agents, and invokes one of each while it streams.
set -eu
cd "$(dirname "$0")/.."
. examples/install-packages.sh

build_program
program=$PWD/build/patchbay

# --- an MCP client of twenty lines: a pipe to the program and one from it -------------------------

folder=$(mktemp -d)
mkfifo "$folder/requests" "$folder/replies"
"$program" --sandbox <"$folder/requests" >"$folder/replies" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
exec 3>"$folder/requests" 4<"$folder/replies"

id=0
# Sends a request and prints what comes back until its reply: progress as it arrives, then the text.
ask() {
  id=$((id + 1))
  printf '{"jsonrpc":"2.0","id":%s,"method":"%s","params":%s}\n' "$id" "$1" "$2" >&3
  while IFS= read -r line <&4; do
    case $line in
      *'"method":"notifications/progress"'*)
        message=${line##*'"message":"'}
        printf '    ~ %s\n' "${message%'"}}'}"
        ;;
      *'"id":'"$id"','*) reply=$line && return ;;
    esac
  done
  echo "the program ended" >&2
  exit 1
}

# The text of a tool's reply, as a person reads it.
show() {
  text=${reply#*'"text":"'}
  text=${text%%'"}]'*}
  printf '%b\n' "$(printf '%s' "$text" | sed 's/\\"/"/g')" | sed 's/^/    /'
}

call() {
  printf '\n> %s %s\n' "$1" "$2"
  ask tools/call "{\"name\":\"$1\",\"arguments\":$2,\"_meta\":{\"progressToken\":1}}"
  show
}

ask initialize '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"try.sh","version":"1"}}'
printf '{"jsonrpc":"2.0","method":"notifications/initialized"}\n' >&3

call list_models '{}'
call list_agents '{}'
call invoke '{"target":"sandbox/slow","prompt":"Tell me a story."}'
call invoke '{"target":"agent:sandbox-writer","prompt":"Write about patch cables."}'

# --- what to do next ------------------------------------------------------------------------------

echo
for name in OPENROUTER_API_KEY TAKO_KEY; do
  eval "value=\${$name:-}"
  [ -z "$value" ] || echo "$name is set: without --sandbox the program would use the real gateway."
done
cat <<TEXT
All of the above was the sandbox inside the program: no key, no network, no money.
With a key it is the same program without --sandbox. Add it to your coding agent:

  export OPENROUTER_API_KEY=...
  "$program" install                # finds the clients here
  "$program" install claude-code    # or codex, opencode, gemini, ...
TEXT
