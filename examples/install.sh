#!/bin/sh
# Installs what is missing, builds the program, and puts it into ~/.local/bin (or PREFIX/bin). After it:
# `patchbay install claude-code`, or another client.
set -eu
cd "$(dirname "$0")/.."
. examples/install-packages.sh

build_program
cmake --install build --prefix "${PREFIX:-$HOME/.local}" >/dev/null
"${PREFIX:-$HOME/.local}/bin/patchbay" --version
say_path "${PREFIX:-$HOME/.local}/bin"
