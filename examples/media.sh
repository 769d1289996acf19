#!/bin/sh
# Images, speech, recordings and videos: each lands in a file of the workspace, and only its path, type
# and size in the context. Against the sandbox, whose models make the least that can be called so: no
# key, no network, no money.
set -eu
cd "$(dirname "$0")/.."
program=${PATCHBAY:-$PWD/build/patchbay}
[ -x "$program" ] || {
  echo "Build it first: ./examples/try.sh" >&2
  exit 1
}

# What is kept between the calls, and the workspace, go away again.
folder=$(mktemp -d)
export XDG_STATE_HOME="$folder/state"
mkdir "$folder/project"
trap 'rm -rf "$folder"' EXIT

call() {
  printf '\n> patchbay --sandbox call %s %s\n' "$1" "$2"
  "$program" --sandbox --workspace "$folder/project" call "$1" "$2" | sed "s|$folder/||; s/^/    /"
}

echo "1. Which models make something else than text?"
call list_models '{"output_modalities":["image"]}'
call list_models '{"output_modalities":["video"]}'

echo
echo "2. An image. The catalogue lists no price for it, so say what it may cost."
call invoke '{"target":"sandbox/painter","prompt":"stripes","save_to":"stripes","max_cost_usd":0.1}'

echo
echo "3. Speech, and what was said in it, written down again."
call invoke '{"target":"sandbox/speaker","prompt":"Hello there.","save_to":"hello.wav"}'
call invoke '{"target":"sandbox/scribe","prompt":"","files":["patchbay-out/hello.wav"],"max_cost_usd":0.1}'

echo
echo "4. A video: a job, which is waited for."
call invoke '{"target":"sandbox/director","prompt":"nothing at all","options":{"duration":4},"save_to":"clip.mp4","max_cost_usd":0.5}'
