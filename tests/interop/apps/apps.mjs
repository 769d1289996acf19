// node apps.mjs PROGRAM HOME CLIENT...: in each client, by its own program and in a home of its own,
// PROGRAM is installed, shown by the client's own list, called by it on behalf of a model that is
// played here (stand_in.mjs), and uninstalled. A line of JSON for each says what came of it.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { standIn } from "./stand_in.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [program, homes, ...wanted] = process.argv.slice(2);
const task = "Use the patchbay tools.";

const written = (...lines) => `${lines.join("\n")}\n`;

// Where each keeps its servers, what it finds in its home, what is run before anything else, how it is
// asked for its servers, and how it is run once. `url` is the model's.
const clients = {
  "claude-code": {
    file: ".claude.json",
    home: () => ({
      ".claude.json": written(
        "{",
        '  "hasCompletedOnboarding": true,',
        '  "mine": {"kept": [1, 2]}',
        "}",
      ),
    }),
    environment: (url) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: "stand-in",
      ENABLE_TOOL_SEARCH: "false",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    }),
    prepare: ["claude", "mcp", "list"], // it writes its file at its first start
    list: ["claude", "mcp", "list"],
    run: [
      "claude", "-p", task, "--model", "claude-sonnet-4-5",
      "--allowedTools", "mcp__patchbay__list_models,mcp__patchbay__invoke",
    ],
  },
  codex: {
    file: ".codex/config.toml",
    home: (url) => ({
      ".codex/config.toml": written(
        "# mine",
        'model = "stand-in"',
        'model_provider = "stand"',
        'approval_policy = "never"',
        "check_for_update_on_startup = false",
        "",
        "[model_providers.stand]",
        'name = "stand"',
        `base_url = "${url}/v1"`,
        'wire_api = "responses"',
        "requires_openai_auth = false",
      ).trimEnd(),
    }),
    list: ["codex", "mcp", "list"],
    run: ["codex", "exec", "--skip-git-repo-check", "--sandbox", "read-only", task],
  },
  opencode: {
    file: ".config/opencode/opencode.jsonc",
    home: (url) => {
      const stand = {
        npm: "@ai-sdk/openai-compatible",
        options: { baseURL: `${url}/v1`, apiKey: "stand-in" },
        models: { in: { name: "in", tool_call: true } },
      };
      return {
        ".config/opencode/opencode.jsonc": written(
          "{",
          '  "$schema": "https://opencode.ai/config.json", // it adds this where it is missing',
          `  "provider": ${JSON.stringify({ stand })}`,
          "}",
        ),
      };
    },
    environment: () => ({ OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1" }),
    list: ["opencode", "mcp", "list"],
    run: ["opencode", "run", "--model", "stand/in", task],
  },
  gemini: {
    file: ".gemini/settings.json",
    home: () => ({
      ".gemini/settings.json": written(
        "{",
        "  // mine",
        '  "general": {"disableAutoUpdate": true},',
        '  "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": false}},',
        '  "privacy": {"usageStatisticsEnabled": false}',
        "}",
      ),
    }),
    environment: (url) => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: "stand-in" }),
    list: ["gemini", "mcp", "list"],
    run: ["gemini", "--yolo", "--skip-trust", "--model", "gemini-2.5-flash", "--prompt", task],
  },
  copilot: {
    file: ".copilot/mcp-config.json",
    home: () => ({ ".copilot/mcp-config.json": '{"mcpServers": {}}' }),
    environment: (url) => ({
      COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
      COPILOT_PROVIDER_TYPE: "openai",
      COPILOT_PROVIDER_API_KEY: "stand-in",
      COPILOT_MODEL: "stand-in",
      COPILOT_OFFLINE: "true",
      COPILOT_AUTO_UPDATE: "false",
    }),
    list: ["copilot", "mcp", "list"],
    run: ["copilot", "--allow-all-tools", "--no-color", "-p", task],
  },
  qwen: {
    file: ".qwen/settings.json",
    home: () => ({
      ".qwen/settings.json": written(
        "{",
        "  // mine",
        '  "$version": 4,',
        '  "security": {"auth": {"selectedType": "openai"}}',
        "}",
      ),
    }),
    environment: (url) => ({
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: "stand-in",
      OPENAI_MODEL: "stand-in",
    }),
    list: ["qwen", "mcp", "list"],
    run: ["qwen", "--yolo", "--prompt", task],
  },
  cline: {
    file: ".cline/data/settings/cline_mcp_settings.json",
    home: (url) => {
      const provider = "openai-compatible";
      const settings = { provider, apiKey: "stand-in", model: "stand-in", baseUrl: `${url}/v1` };
      const kept = { settings, updatedAt: "2026-01-01T00:00:00.000Z", tokenSource: "manual" };
      const providers = { version: 1, lastUsedProvider: provider, modes: {} };
      providers.providers = { [provider]: kept };
      return {
        ".cline/data/settings/cline_mcp_settings.json": written("{", '  "mcpServers": {}', "}"),
        ".cline/data/settings/providers.json": JSON.stringify(providers),
      };
    },
    environment: () => ({ CLINE_SESSION_BACKEND_MODE: "local" }), // and leaves no daemon behind
    list: ["cline", "config", "mcp"],
    run: ["cline", "--json", task],
  },
};

// To its end, with all that it has started; it has two minutes.
function run(words, environment, cwd) {
  return new Promise((resolve) => {
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(words[0], words.slice(1), { env: environment, cwd, stdio, detached: true });
    let said = "";
    child.stdout.on("data", (bytes) => (said += bytes));
    child.stderr.on("data", (bytes) => (said += bytes));
    const end = setTimeout(() => process.kill(-child.pid, "SIGKILL"), 120_000);
    child.on("error", (error) => resolve({ status: -1, said: String(error) }));
    child.on("close", (status) => {
      clearTimeout(end);
      resolve({ status, said });
    });
  });
}

const content = (file) => (existsSync(file) ? readFileSync(file, "utf8") : null);

function environmentOf(client, home, url) {
  return {
    HOME: home,
    PATH: [`${here}/node_modules/node/bin`, `${here}/node_modules/.bin`, "/usr/bin", "/bin"].join(":"),
    TERM: "dumb",
    NO_COLOR: "1",
    CI: "1",
    LANG: "C.UTF-8",
    // Whatever else they want of the world is refused, at once.
    HTTPS_PROXY: url,
    HTTP_PROXY: url,
    NO_PROXY: "127.0.0.1,localhost",
    ...client.environment?.(url),
  };
}

async function session(name) {
  const client = clients[name];
  const home = join(homes, name);
  const work = join(home, "work");
  mkdirSync(work, { recursive: true });
  const model = await standIn();
  for (const [path, text] of Object.entries(client.home(model.url))) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text, { mode: 0o640 });
  }
  const environment = environmentOf(client, home, model.url);
  const start = (words) => run(words, environment, work);
  const install = [program, "--sandbox", "install", name, "--yes"];
  const uninstall = [program, "uninstall", name, "--yes"];
  const file = join(home, client.file);
  const out = { client: name };

  if (client.prepare) await start(client.prepare);
  out.before = content(file);
  out.installed = await start(install);
  const installed = content(file);
  out.again = (await start(install)).said;
  await start(uninstall);
  out.undone = content(file) === out.before;
  await start(install);
  out.same = content(file) === installed;
  out.listed = await start(client.list);
  out.ran = await start(client.run);
  out.heard = model.heard;
  out.uninstalled = await start(uninstall);
  out.after = content(file);
  return out;
}

const all = wanted.map(session);
for (const each of all) {
  console.log(JSON.stringify(await each.catch((error) => ({ thrown: String(error.stack) }))));
}
process.exit();
