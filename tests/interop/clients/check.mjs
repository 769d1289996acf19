// Reads what went over one pipe or endpoint, and says what of it MCP does not allow.
//   node check.mjs FILE...: one line of JSON for each file of lines {"from", "text"}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { complaint_of_answer, complaint_of_message, complaint_of_value, is_version } from "./schemas.mjs";

const other = { client: "server", server: "client" };

class Conversation {
  version = null; // the one spoken now
  asked = { client: new Map(), server: new Map() }; // by id: what is not answered yet
  tokens = new Map(); // of progress: the request and the last number
  shapes = new Map(); // the output schema of each tool
  problems = [];
  versions = new Set();
  messages = { client: 0, server: 0 };

  entry({ from, text, version, exchange, hung_up }) {
    if (hung_up) return this.hang_up(hung_up);
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return this.problem(from, text, "not JSON");
    }
    for (const one of Array.isArray(message) ? message : [message]) {
      this.messages[from]++;
      const complaint = this.complaint(from, one, version, exchange);
      if (complaint) this.problem(from, text, complaint);
    }
  }

  complaint(from, message, header, exchange) {
    if (!("method" in message)) return this.answer(from, message);
    this.set_version(message, header);
    if (!is_version(this.version)) return `version ${this.version} is not known`;
    this.versions.add(this.version);
    if ("id" in message) this.ask(from, message, exchange);
    return complaint_of_message(this.version, message) || this.notified(message);
  }

  // A message says its version itself; else it is the negotiated one.
  set_version({ method, params }, header) {
    const own = params?._meta?.["io.modelcontextprotocol/protocolVersion"];
    if (own) this.version = own;
    else if (method === "initialize") this.version = params.protocolVersion;
    else if (header && this.version !== header) this.version = header;
  }

  ask(from, { id, method, params }, exchange) {
    const token = params?._meta?.progressToken;
    const asked = { method, token, exchange, version: this.version, tool: params?.name };
    if (this.asked[from].has(id)) this.problem(from, String(id), "an id in use is used again");
    this.asked[from].set(id, asked);
    if (token !== undefined) this.tokens.set(token, -1);
  }

  answer(from, message) {
    const asked = this.asked[other[from]].get(message.id);
    if (!asked) return "an answer to nothing that is open";
    this.asked[other[from]].delete(message.id);
    this.tokens.delete(asked.token);
    if (asked.method === "initialize" && message.result) this.version = message.result.protocolVersion;
    const version = asked.method === "initialize" ? this.version : asked.version;
    return complaint_of_answer(version, asked.method, message) || this.against_tools(asked, message);
  }

  // A tool's result has the shape that the list of tools promised.
  against_tools({ method, tool }, { result }) {
    if (method === "tools/list") {
      for (const { name, outputSchema } of result?.tools ?? []) this.shapes.set(name, outputSchema);
    }
    const shape = method === "tools/call" && result?.structuredContent && this.shapes.get(tool);
    return shape ? complaint_of_value(shape, result.structuredContent) : "";
  }

  notified({ method, params }) {
    if (method === "notifications/cancelled") this.asked.client.delete(params.requestId);
    if (method !== "notifications/progress") return "";
    const last = this.tokens.get(params.progressToken);
    if (last === undefined) return "progress of nothing that is open";
    this.tokens.set(params.progressToken, params.progress);
    return params.progress > last ? "" : `progress from ${last} to ${params.progress}`;
  }

  hang_up(exchange) {
    for (const [id, asked] of this.asked.client) {
      if (asked.exchange === exchange) this.asked.client.delete(id);
    }
  }

  problem(from, text, complaint) {
    this.problems.push(`${complaint}, in what the ${from} said: ${text.slice(0, 400)}`);
  }

  end() {
    for (const side of ["client", "server"]) {
      for (const [id, { method }] of this.asked[side]) {
        this.problem(side, `${method} ${id}`, "never answered");
      }
    }
  }
}

// `records`: what went over each pipe or endpoint, entry by entry.
export function check(records) {
  const out = { problems: [], versions: new Set(), sent: 0, received: 0 };
  for (const record of records) {
    const conversation = new Conversation();
    for (const entry of record) conversation.entry(entry);
    conversation.end();
    out.problems.push(...conversation.problems);
    for (const version of conversation.versions) out.versions.add(version);
    out.sent += conversation.messages.client;
    out.received += conversation.messages.server;
  }
  return { ...out, versions: [...out.versions].sort() };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of process.argv.slice(2)) {
    const record = readFileSync(file, "utf8").trim().split("\n").map(JSON.parse);
    console.log(JSON.stringify(check([record])));
  }
}
