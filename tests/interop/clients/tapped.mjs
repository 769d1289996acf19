// Where a client is to connect so that all it says and hears is kept.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { http_tap } from "./http_tap.mjs";

process.stdin.on("end", () => process.exit(1)).resume();

// Starts a server and waits for the line that says where it is.
async function served([program, ...given], home) {
  const env = { PATH: process.env.PATH, HOME: home };
  const server = spawn(program, given, { env, stdio: ["ignore", "pipe", "pipe"] });
  process.on("exit", () => server.kill());
  let said = "";
  return new Promise((known) => {
    const read = (piece) => {
      said += piece;
      const found = /http:\/\/\S+\/mcp/.exec(said);
      if (found) known(found[0]);
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
  });
}

async function over_http(words, home) {
  const { url, kept } = await http_tap(await served(words, home));
  return { at: { url }, records: () => [kept] };
}

function over_stdio(words, home) {
  const folder = mkdtempSync(join(home, "tap-"));
  const command = [process.execPath, new URL("tap.mjs", import.meta.url).pathname, folder, ...words];
  const read = (file) => readFileSync(join(folder, file), "utf8").trim().split("\n").map(JSON.parse);
  return {
    at: { command, env: { PATH: process.env.PATH, HOME: home } },
    records: () => readdirSync(folder).sort().map(read),
  };
}

// `words`: a program that speaks over stdio, or one that serves over HTTP, with its arguments; its
// HOME is `home`. What comes back: the place to connect to, and what has gone there, one record for
// each endpoint or process. All ends with our own process, and that with its input.
export function tapped(transport, words, home) {
  return transport === "http" ? over_http(words, home) : over_stdio(words, home);
}
