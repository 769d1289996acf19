// The official client libraries behind one face: version 2 in each of its modes, and version 1, which
// can also be made to ask for a version of the protocol that is older than its own.
import * as v2 from "@modelcontextprotocol/client";
import * as v2_stdio from "@modelcontextprotocol/client/stdio";
import * as v1 from "@modelcontextprotocol/sdk/client/index.js";
import * as v1_stdio from "@modelcontextprotocol/sdk/client/stdio.js";
import * as v1_http from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as v1_types from "@modelcontextprotocol/sdk/types.js";

const modes = { default: undefined, auto: "auto", pinned: { pin: "2026-07-28" } };
const info = { name: "interop", version: "1.0.0" };
const capabilities = { elicitation: { form: {} }, sampling: {}, roots: {} };

// What a person, a model and a folder answer when the server asks.
function answers_to(questions) {
  return {
    "elicitation/create": ({ params }) => {
      questions.push(params.message);
      const [[name, { type }]] = Object.entries(params.requestedSchema.properties);
      return { action: "accept", content: { [name]: type === "boolean" ? true : "Ada" } };
    },
    "sampling/createMessage": () => {
      questions.push("sampling");
      return { role: "assistant", model: "a-model", content: { type: "text", text: "Paris" } };
    },
    "roots/list": () => {
      questions.push("roots");
      return { roots: [{ uri: "file:///tmp/workspace", name: "workspace" }] };
    },
  };
}

// `at` is a URL, or the words of a command with its environment.
function transport(at, http, stdio) {
  if (at.url) return new http(new URL(at.url));
  const [command, ...args] = at.command;
  return new stdio({ command, args, env: at.env });
}

async function second(mode, at, questions) {
  const client = new v2.Client(info, { capabilities, versionNegotiation: { mode: modes[mode] } });
  for (const [method, answer] of Object.entries(answers_to(questions))) {
    client.setRequestHandler(method, answer);
  }
  await client.connect(transport(at, v2.StreamableHTTPClientTransport, v2_stdio.StdioClientTransport));
  const call = (params, options) => client.callTool(params, options);
  const hear = {
    tools_changed: (then) =>
      client.setNotificationHandler("notifications/tools/list_changed", then),
    log: (then) => client.setNotificationHandler("notifications/message", then),
  };
  return { client, call, hear, modern: client.getNegotiatedProtocolVersion() >= "2026-07-28" };
}

async function first(version, at, questions) {
  const client = new v1.Client(info, { capabilities });
  const answers = answers_to(questions);
  client.setRequestHandler(v1_types.ElicitRequestSchema, answers["elicitation/create"]);
  client.setRequestHandler(v1_types.CreateMessageRequestSchema, answers["sampling/createMessage"]);
  client.setRequestHandler(v1_types.ListRootsRequestSchema, answers["roots/list"]);
  const way = transport(
    at, v1_http.StreamableHTTPClientTransport, v1_stdio.StdioClientTransport);
  if (version) ask_for(version, way);
  await client.connect(way);
  const call = (params, options) => client.callTool(params, undefined, options);
  const hear = {
    tools_changed: (then) =>
      client.setNotificationHandler(v1_types.ToolListChangedNotificationSchema, then),
    log: (then) =>
      client.setNotificationHandler(v1_types.LoggingMessageNotificationSchema, then),
  };
  return { client, call, hear, modern: false };
}

function ask_for(version, way) {
  const send = way.send.bind(way);
  way.send = (message, options) => {
    if (message.method === "initialize") message.params.protocolVersion = version;
    return send(message, options);
  };
}

// `name`: client-default, client-auto, client-pinned, sdk, or sdk-<version>.
export async function connect(name, at, questions) {
  const [library, ...rest] = name.split("-");
  const errors = [];
  const connected = await (library === "client" ? second : first)(rest.join("-"), at, questions);
  connected.client.onerror = (error) => {
    // Progress of a call that it has just given up may still be on its way.
    if (!/unknown token/.test(error)) errors.push(String(error));
  };
  return { ...connected, errors };
}
