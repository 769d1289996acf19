#!/usr/bin/env node
// Starts the program that the package of this platform holds, as if it had been started itself.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";

const holder = `patchbay-mcp-${process.platform}-${process.arch}`;

function program() {
  try {
    const its_package = createRequire(import.meta.url).resolve(`${holder}/package.json`);
    return join(dirname(its_package), "bin", "patchbay");
  } catch {
    console.error(`patchbay: the package ${holder} is not installed. Either this platform has none, ` +
      "or npm was told to leave optional dependencies out.");
    process.exit(1);
  }
}

const child = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`patchbay: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
