// node inspector.mjs HOME '{"stdio": [PROGRAM, ...], "http": [PROGRAM, ...]}': the inspector's command
// line looks at the server, in both eras and on each transport. All that it says and hears is checked,
// and a line for each says what came of it.
import { execFile } from "node:child_process";
import { check } from "./check.mjs";
import { tapped } from "./tapped.mjs";

const [home, servers] = process.argv.slice(2);
const inspector = "node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js";
const agent = { target: "agent:sandbox-writer", prompt: "a note", wait_seconds: 0 };
const runs = {
  tools: ["tools/list", "--strict"],
  call: ["tools/call", "--tool-name", "invoke", "--tool-args-json", JSON.stringify(agent)],
};
const modern_runs = { ...runs, skills: ["skills/list", "--verify", "--require-digests"] };

// The output of one run of the inspector, and its exit status.
function inspect({ url, command }, era, method) {
  const server = url ? ["--server-url", url, "--transport", "http"] : command;
  const given = [inspector, ...server, "--protocol-era", era, "--quiet", "--format", "json"];
  const env = { PATH: process.env.PATH, HOME: home };
  return new Promise((done) => {
    execFile(process.execPath, [...given, "--method", ...method], { env }, (error, said, errors) =>
      done({ status: error?.code ?? 0, said, errors }));
  });
}

async function inspection(era, transport, words) {
  const tap = await tapped(transport, words, home);
  const out = { era, transport };
  for (const [name, method] of Object.entries(era === "modern" ? modern_runs : runs)) {
    out[name] = await inspect(tap.at, era, method);
  }
  return { ...out, ...check(tap.records()) };
}

const all = ["legacy", "modern"].flatMap((era) =>
  Object.entries(JSON.parse(servers)).map(([transport, words]) =>
    inspection(era, transport, words)));
for (const each of all) console.log(JSON.stringify(await each));
process.exit();
