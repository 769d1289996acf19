#!/bin/sh
# Models, from the first question to the comparison, as a new user would try them: find a cheap one
# with a long context, ask it about two files, go on with the conversation, compare three models
# before a judge, and read a long answer in pieces. Against the sandbox: no key, no network, no money.
set -eu
cd "$(dirname "$0")/.."
program=${PATCHBAY:-$PWD/build/patchbay}
[ -x "$program" ] || {
  echo "Build it first: ./examples/try.sh" >&2
  exit 1
}

# What is kept between the calls goes away again.
XDG_STATE_HOME=$(mktemp -d)
export XDG_STATE_HOME
trap 'rm -rf "$XDG_STATE_HOME"' EXIT

middle_left_out() {
  awk '{ line[NR] = $0 }
    END { for (i = 1; i <= NR; ++i) { if (NR < 20 || i < 8 || i > NR - 4) print line[i]; if (NR >= 20 && i == 8) print "..." } }'
}

# Shows a call and its answer, which stays in $answer.
call() {
  printf '\n> patchbay --sandbox call %s %.150s\n' "$1" "$2"
  answer=$(printf '%s' "$2" | "$program" --sandbox call "$1" -)
  printf '%s\n' "$answer" | middle_left_out | cut -c 1-200 | sed 's/^/    /'
}

# What stands behind a word in the answer, e.g. the id behind "conversation".
behind() { printf '%s\n' "$answer" | sed -n "s/.*$1[^0-9a-f]*\([0-9a-f]\{32\}\).*/\1/p" | tail -n 1; }

# A text as a JSON string.
quoted() { printf '"%s"' "$(sed 's/\\/\\\\/g; s/"/\\"/g; s/	/\\t/g' | awk '{ printf "%s\\n", $0 }')"; }

echo "1. Find a cheap model with a long context."
call list_models '{"min_context":100000,"sort":"price","limit":3}'
model=$(printf '%s\n' "$answer" | sed -n 's/^\(sandbox[^ ]*\) .*/\1/p' | head -n 1)

echo
echo "2. Ask it about two files."
call invoke "{\"target\":\"$model\",\"prompt\":\"What do these two files have in common?\",\"files\":[\"LICENSE\",\"examples/try.sh\"],\"conversation\":\"new\"}"
conversation=$(behind conversation)

echo
echo "3. Go on with the conversation: what was said before is sent again."
call invoke "{\"conversation\":\"$conversation\",\"prompt\":\"And what sets them apart?\"}"

echo
echo "4. Compare three models, and let a fourth say which is best."
call compare '{"targets":["sandbox/echo","sandbox/reasoner","sandbox/free:free"],"prompt":"Tabs or spaces?","judge":"sandbox/judge"}'

echo
echo "5. Read a long answer in pieces."
long=$(quoted <README.md)
call invoke "{\"target\":\"$model\",\"prompt\":$long}"
kept=$(behind task_id)
offset=$(printf '%s\n' "$answer" | sed -n 's/.*"offset":\([0-9]*\)}.*/\1/p')
while [ -n "$offset" ]; do
  call get_task "{\"task_id\":\"$kept\",\"offset\":$offset}"
  offset=$(printf '%s\n' "$answer" | sed -n 's/^\[more: offset=\([0-9]*\)\]$/\1/p')
done
printf '\nThat was all of it.\n'
