// A server between a client and an MCP endpoint: hands everything on, and keeps every message in the
// order in which they went.
import { createServer, request } from "node:http";
import { lines } from "./tap.mjs";

export async function http_tap(target) {
  const kept = [];
  const endpoint = new URL(target);
  const server = createServer((asked, answer) => exchange(asked, answer, endpoint, kept));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}${endpoint.pathname}`, kept };
}

let exchanges = 0;

async function exchange(asked, answer, endpoint, kept) {
  const number = ++exchanges;
  const pieces = [];
  for await (const piece of asked) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const version = asked.headers["mcp-protocol-version"];
  const note = (from, text) => kept.push({ from, text, version, exchange: number });
  if (body.length > 0) note("client", body.toString());
  const headers = { ...asked.headers, host: endpoint.host };
  const onward = request(endpoint, { method: asked.method, headers }, (reply) => {
    answer.writeHead(reply.statusCode, reply.headers);
    keep_reply(reply, note);
    reply.pipe(answer);
    reply.on("error", () => answer.destroy());
  });
  onward.on("error", () => answer.destroy());
  answer.on("close", () => {
    if (answer.writableFinished) return;
    kept.push({ hung_up: number });
    onward.destroy();
  });
  onward.end(body);
}

function keep_reply(reply, note) {
  const type = reply.headers["content-type"] ?? "";
  if (type.startsWith("text/event-stream")) {
    const data = lines((line) => line.startsWith("data: {") && note("server", line.slice(6)));
    reply.on("data", data);
  } else if (type.startsWith("application/json")) {
    const pieces = [];
    reply.on("data", (piece) => pieces.push(piece));
    reply.on("end", () => note("server", Buffer.concat(pieces).toString()));
  }
}
