// node check.mjs PROGRAM ROOT PACKAGES HOME: what others check skills, plugins and packages with is run
// over ours, and what is packed is installed and called. A line for each says what came of it:
// {"name", "status": 0 or that of the command that failed, "said"}.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [program, root, packages, home] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
// The validators, and the coding agents that the apps' tests have, by the node that those need.
const path = ["node_modules/.bin", "../apps/node_modules/.bin"].map((folder) => join(here, folder))
  .join(":") + ":" + process.env.PATH;
const hello = ["--sandbox", "call", "invoke", '{"target":"sandbox/echo","prompt":"hello"}'];

const the = (ending) => join(packages, readdirSync(packages).find((file) => file.endsWith(ending)));

// Each check has a home of its own, and a program of ours in it.
function scratch(name) {
  const at = join(home, name);
  mkdirSync(join(at, ".local", "bin"), { recursive: true });
  symlinkSync(program, join(at, ".local", "bin", "patchbay"));
  return at;
}

// Nobody is called but on this machine: what looks for news or reports back does not, or in vain.
const quiet = { HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
  npm_config_offline: "true", npm_config_update_notifier: "false" };

// Runs the commands one after the other, up to the first that fails.
async function run(at, commands) {
  const env = { PATH: path, HOME: at, TERM: "dumb", NO_COLOR: "1", ...quiet };
  let said = "";
  for (const [file, ...words] of commands) {
    const status = await new Promise((done) => {
      const child = execFile(file, words, { env, cwd: at, timeout: 60_000 }, (error, out, errors) => {
        said += out + errors;
        done(error ? error.code ?? error.signal ?? 1 : 0);
      });
      child.stdin.end();
    });
    if (status !== 0) return { status, said };
  }
  return { status: 0, said };
}

// What a marketplace hands on of this repository, as far as a client reads it.
function plugin_in(at) {
  const copy = join(at, "plugin");
  for (const part of [".claude-plugin", ".codex-plugin", ".packaging", "skills", "README.md"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  return copy;
}

const checks = {
  claude_validates: (at) => run(at, [
    ["claude", "plugin", "validate", "--strict", "--profile", "directory", root],
    ["claude", "plugin", "validate", "--strict", join(root, "skills")],
  ]),
  claude_installs: (at) => run(at, [
    ["claude", "plugin", "marketplace", "add", plugin_in(at)],
    ["claude", "plugin", "install", "patchbay@patchbay"],
    ["claude", "plugin", "details", "patchbay@patchbay"],
    ["claude", "mcp", "list"],
  ]),
  codex_installs: (at) => run(at, [
    ["codex", "plugin", "marketplace", "add", plugin_in(at)],
    ["codex", "plugin", "add", "patchbay@patchbay"],
    ["codex", "mcp", "list"],
  ]),
  copilot_installs: (at) => run(at, [
    ["copilot", "plugin", "marketplace", "add", plugin_in(at)],
    ["copilot", "plugin", "install", "patchbay@patchbay"],
    ["copilot", "mcp", "list"],
  ]),
  skills_ref: (at) => run(at, readdirSync(join(root, "skills")).map((skill) =>
    ["skills-ref", "validate", join(root, "skills", skill)])),
  mcpb: (at) => run(at, [
    ["mcpb", "validate", join(packages, "folders/mcpb/manifest.json")],
    ["mcpb", "pack", join(packages, "folders/mcpb"), join(at, "again.mcpb")],
    ["mcpb", "unpack", the(".mcpb"), join(at, "unpacked")],
    [join(at, "unpacked/bin/patchbay"), ...hello],
  ]),
  gemini: (at) => {
    mkdirSync(join(at, ".gemini"));
    writeFileSync(join(at, ".gemini/trustedFolders.json"), JSON.stringify({ [at]: "TRUST_FOLDER" }));
    writeFileSync(join(at, ".gemini/settings.json"), JSON.stringify({
      general: { enableAutoUpdate: false }, privacy: { usageStatisticsEnabled: false } }));
    const unpacked = join(at, "extension");
    mkdirSync(unpacked);
    return run(at, [
      ["tar", "-xzf", the(".patchbay.tar.gz"), "-C", unpacked],
      ["gemini", "extensions", "validate", unpacked],
      ["gemini", "extensions", "install", unpacked, "--consent", "--skip-settings"],
      ["gemini", "mcp", "list"],
    ]);
  },
  npm: (at) => run(at, [
    ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", ...readdirSync(packages)
      .filter((file) => file.endsWith(".tgz")).map((file) => join(packages, file))],
    [join(at, "node_modules/.bin/patchbay"), ...hello],
  ]),
};

await Promise.all(Object.entries(checks).map(async ([name, check]) =>
  console.log(JSON.stringify({ name, ...await check(scratch(name)) }))));
process.exit();
