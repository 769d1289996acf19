// node tap.mjs FOLDER PROGRAM [ARGUMENT...]: runs a program as a client would, and writes every line
// that goes in or comes out of it to a file of its own in FOLDER, in the order in which they went.
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Calls `line` with each whole line of the pieces it is given.
export function lines(line) {
  let rest = "";
  const decoder = new TextDecoder();
  return (piece) => {
    const parts = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = parts.pop();
    parts.forEach(line);
  };
}

function relay(folder, program, given) {
  const file = join(folder, `${process.pid}.jsonl`);
  const note = (from) => lines((text) => appendFileSync(file, JSON.stringify({ from, text }) + "\n"));
  const [said, answered] = [note("client"), note("server")];
  const child = spawn(program, given, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => {});
  process.stdin.on("data", (piece) => {
    said(piece);
    child.stdin.write(piece);
  });
  process.stdin.on("end", () => child.stdin.end());
  child.stdout.on("data", (piece) => {
    answered(piece);
    process.stdout.write(piece);
  });
  child.on("close", (status) => process.exit(status ?? 1));
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, program, ...given] = process.argv.slice(2);
  relay(folder, program, given);
}
