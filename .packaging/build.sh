#!/bin/sh
# .packaging/build.sh BUILD OUT: builds every package of the program that the folder BUILD holds, and
# leaves them in OUT. Compiles nothing, signs nothing and publishes nothing.
#   patchbay_*.deb, patchbay-*.tar.gz   by cpack
#   patchbay-mcp-*.tgz                  npm: the starter, and the package of this platform
#   patchbay-*.mcpb                     a bundle for Claude Desktop and the MCP registry
#   <os>.<cpu>.patchbay.tar.gz          a Gemini extension, by the name that `gemini` looks for
#   server.json, SHA256SUMS             for the MCP registry, and for who downloads by hand
#   folders/                            what went into each of them
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
[ ! -e "$2" ] || [ -d "$2/folders" ] || {
  echo "$2 is there already, and was not made by this script" >&2
  exit 1
}
rm -rf "$2"
mkdir -p "$2/folders"
out=$(cd "$2" && pwd)
folders=$out/folders
described=$build/packaging

# The plugins of Claude Code, Codex and Copilot are this repository itself; they carry the version too.
version=$(sed -n 's/^project(patchbay VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
for plugin in "$root/.claude-plugin/plugin.json" "$root/.codex-plugin/plugin.json"; do
  grep -q "\"version\": \"$version\"" "$plugin" ||
    sed -i 's/"version": "[^"]*"/"version": "'"$version"'"/' "$plugin"
done

for kind in DEB TGZ; do
  cpack -G "$kind" --config "$build/CPackConfig.cmake" -B "$out" >"$out/cpack.log" 2>&1 || {
    cat "$out/cpack.log" >&2
    exit 1
  }
done
rm -rf "$out/_CPack_Packages" "$out/cpack.log"

# All else holds what the archive holds.
archive=$(cd "$out" && ls patchbay-"$version"-*.tar.gz)
platform=${archive#patchbay-"$version"-}
platform=${platform%.tar.gz}
unpacked=$folders/archive
mkdir "$unpacked"
tar -xzf "$out/$archive" -C "$unpacked" --strip-components=1

place() { # FOLDER: the program in it, and what it carries
  mkdir -p "$1"
  cp -R "$unpacked/bin" "$1/"
  [ ! -d "$unpacked/lib" ] || cp -R "$unpacked/lib" "$1/"
  cp "$unpacked/share/doc/patchbay/copyright" "$1/LICENSE"
}

place "$folders/npm-$platform"
cp "$described/npm/platform.json" "$folders/npm-$platform/package.json"
mkdir "$folders/npm"
cp "$described/npm/package.json" "$root/.packaging/npm/patchbay.js" "$root/README.md" "$root/LICENSE" \
  "$folders/npm/"
if command -v npm >/dev/null; then
  (cd "$out" && npm pack --silent --ignore-scripts "./folders/npm-$platform" ./folders/npm >/dev/null)
else
  echo "skipped: the npm packages, because npm is not installed" >&2
fi

place "$folders/mcpb"
cp "$described/mcpb/manifest.json" "$folders/mcpb/"
cp "$root/.claude-plugin/icon.png" "$folders/mcpb/"
bundle=$out/patchbay-$version-$platform.mcpb
# Files alone: who unpacks it stumbles over entries of folders.
(cd "$folders/mcpb" && find ./* -type f | sed 's,^\./,,' >"$out/files" &&
  cmake -E tar cf "$bundle" --format=zip --files-from="$out/files")
rm "$out/files"

place "$folders/gemini"
cp "$described/gemini/gemini-extension.json" "$root/README.md" "$folders/gemini/"
cp -R "$unpacked/share/patchbay/skills" "$folders/gemini/"
tar -czf "$out/$(echo "$platform" | tr - .).patchbay.tar.gz" -C "$folders/gemini" .

sum=$(sha256sum "$bundle" | cut -d ' ' -f 1)
sed "s/SHA256_OF_MCPB/$sum/" "$described/server.json" >"$out/server.json"
(cd "$out" && sha256sum ./*.deb ./*.tar.gz ./*.mcpb $(ls ./*.tgz 2>/dev/null) server.json >SHA256SUMS)
