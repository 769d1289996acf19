// A model on loopback that plays one part, in the four languages that the clients speak: it looks for
// models with list_models, asks one of them with invoke, and says that it is done. What its tools
// answered is kept in `heard`.
import { createServer } from "node:http";

const asked = [
  { tool: "list_models", arguments: { query: "echo", limit: 3 } },
  { tool: "invoke", arguments: { target: "sandbox/echo", prompt: "hello from the client" } },
];

// The name, among those offered, under which a client shows our tool.
const named = (tool, names) =>
  names.find((name) => name === tool || new RegExp(`[-_.]${tool}$`).test(name));

const event = (data, name) => `${name ? `event: ${name}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? ""));

// --- the languages ------------------------------------------------------------------------------
// Each: whether a path is its own, the names of the tools in a request, what tools have answered so
// far, and a reply that calls a tool or says something.

const anthropic = {
  owns: (path) => path.startsWith("/v1/messages") && !path.includes("count_tokens"),
  names: (body) => (body.tools ?? []).map((each) => each.name),
  answers: (body) =>
    body.messages
      .flatMap((message) => (Array.isArray(message.content) ? message.content : []))
      .filter((part) => part.type === "tool_result")
      .map((part) => text(part.content)),
  reply(call, words) {
    const message = {
      id: "msg_1", type: "message", role: "assistant", model: "stand-in", content: [],
      stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 },
    };
    const block = call
      ? { type: "tool_use", id: `toolu_${call.step}`, name: call.name, input: {} }
      : { type: "text", text: "" };
    const delta = call
      ? { type: "input_json_delta", partial_json: JSON.stringify(call.arguments) }
      : { type: "text_delta", text: words };
    const end = { stop_reason: call ? "tool_use" : "end_turn", stop_sequence: null };
    const events = [
      { type: "message_start", message },
      { type: "content_block_start", index: 0, content_block: block },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: end, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ];
    return events.map((each) => event(each, each.type)).join("");
  },
};

const responses = {
  owns: (path) => path.endsWith("/responses"),
  names: (body) =>
    (body.tools ?? []).flatMap((each) =>
      each.type === "namespace"
        ? each.tools.map((tool) => `${each.name}.${tool.name}`)
        : (each.name ?? [])),
  answers: (body) =>
    body.input
      .filter((each) => each.type === "function_call_output")
      .map((each) => text(each.output)),
  item(call, words) {
    if (!call) {
      const content = [{ type: "output_text", text: words, annotations: [] }];
      return { type: "message", id: "msg_1", role: "assistant", status: "completed", content };
    }
    const [namespace, name] = call.name.split(".");
    return {
      type: "function_call", id: `fc_${call.step}`, call_id: `call_${call.step}`,
      status: "completed", arguments: JSON.stringify(call.arguments),
      ...(name ? { namespace, name } : { name: call.name }),
    };
  },
  reply(call, words) {
    const item = responses.item(call, words);
    const usage = {
      input_tokens: 1, input_tokens_details: null,
      output_tokens: 1, output_tokens_details: null, total_tokens: 2,
    };
    const done = { id: "resp_1", object: "response", status: "completed", output: [item], usage };
    const events = [
      { type: "response.created", response: { ...done, status: "in_progress", output: [] } },
      { type: "response.output_item.added", output_index: 0, item },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: done },
    ];
    return events.map((each) => event(each, each.type)).join("");
  },
};

const chat = {
  owns: (path) => path.endsWith("/chat/completions"),
  names: (body) => (body.tools ?? []).map((each) => each.function?.name),
  answers: (body) =>
    body.messages
      .filter((message) => message.role === "tool")
      .map((message) => text(message.content)),
  reply(call, words) {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const chunk = (delta, finish_reason = null) =>
      event({
        id: "chat_1", object: "chat.completion.chunk", created: 1, model: "stand-in",
        choices: [{ index: 0, delta, finish_reason }],
        ...(finish_reason ? { usage } : {}),
      });
    const called = () => ({
      index: 0, id: `call_${call.step}`, type: "function",
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    });
    const said = call ? { content: null, tool_calls: [called()] } : { content: words };
    const end = call ? "tool_calls" : "stop";
    return chunk({ role: "assistant", ...said }) + chunk({}, end) + "data: [DONE]\n\n";
  },
};

const gemini = {
  owns: (path) => path.endsWith(":streamGenerateContent"),
  names: (body) =>
    (body.tools ?? []).flatMap((each) => (each.functionDeclarations ?? []).map((one) => one.name)),
  answers: (body) =>
    body.contents
      .flatMap((content) => content.parts ?? [])
      .filter((part) => part.functionResponse)
      .map((part) => text(part.functionResponse.response)),
  reply(call, words) {
    const part = call
      ? { functionCall: { id: `call_${call.step}`, name: call.name, args: call.arguments } }
      : { text: words };
    return event({
      candidates: [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
      modelVersion: "stand-in",
    });
  },
};

const languages = [anthropic, responses, chat, gemini];

// --- the server ---------------------------------------------------------------------------------

// Qwen Code shows a model its own search first, and then calls on its behalf what was found by it.
const found_by = {
  name: "tool_search",
  arguments: { query: "select:mcp__patchbay__list_models,mcp__patchbay__invoke" },
};

function next_call(names, all) {
  const next = asked[all.filter((each) => each.includes("sandbox/echo")).length];
  if (!next || all.length > asked.length + 1) return null;
  const name = named(next.tool, names);
  if (name) return { ...next, name };
  if (!names.includes(found_by.name)) return null; // a title is asked for without our tools
  const wrapped = { name: `mcp__patchbay__${next.tool}`, arguments: next.arguments };
  return all.length === 0 ? found_by : { name: "tool_call", arguments: wrapped };
}

function answer(language, body, heard) {
  const all = language.answers(body);
  const ours = all.filter((each) => each.includes("sandbox/echo"));
  if (ours.length > heard.length) heard.splice(0, heard.length, ...ours);
  const call = next_call(language.names(body), all);
  return language.reply(call && { ...call, step: all.length }, "All done.");
}

export async function standIn() {
  const heard = [];
  const server = createServer((request, response) => {
    let bytes = "";
    request.on("data", (piece) => (bytes += piece));
    request.on("end", () => {
      const path = request.url.split("?")[0];
      const language = languages.find((each) => each.owns(path));
      if (language && request.method === "POST") {
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        return response.end(answer(language, JSON.parse(bytes), heard));
      }
      response.writeHead(404, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ error: { message: "not here" } }));
    });
  });
  // As the proxy of all else that a client wants of the world it has nothing to give.
  server.on("connect", (_, socket) =>
    socket.on("error", () => {}).end("HTTP/1.1 403 Forbidden\r\n\r\n"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, heard };
}
