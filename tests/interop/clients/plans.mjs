// What the official clients do with a server: with Patchbay's sandbox, and with the conformance
// fixture, which asks for more and changes where Patchbay's own tools do not.

const first_text = (result) => result.content[0].text;

async function read_lists({ client }, out) {
  const { tools } = await client.listTools();
  out.tools = tools.map((tool) => tool.name);
  out.resources = (await client.listResources()).resources.length;
  const { resourceTemplates } = await client.listResourceTemplates();
  out.templates = resourceTemplates.map((template) => template.uriTemplate);
  out.prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
}

async function read_one_of_each({ client }, out) {
  const { contents } = await client.readResource({ uri: "model://sandbox/echo" });
  out.resource = JSON.parse(contents[0].text).id;
  out.missing = await client.readResource({ uri: "model://sandbox/none" }).catch((e) => e.code);
  const given = { model: "sandbox/reasoner" };
  const prompt = await client.getPrompt({ name: "second_opinion", arguments: given });
  out.prompt = prompt.messages[0].content.text;
  const ref = { type: "ref/prompt", name: "review_diff" };
  const argument = { name: "model", value: "sandbox/re" };
  out.completion = (await client.complete({ ref, argument })).completion.values;
}

// The first versions of MCP have nothing but text.
function answer_of(result) {
  if (result.isError) throw new Error(first_text(result));
  return result.structuredContent ?? { text: first_text(result) };
}

async function call_tools({ call }, out) {
  const models = await call({ name: "list_models", arguments: { query: "echo" } });
  out.models = first_text(models);
  const prompt = { target: "sandbox/echo", prompt: "hello" };
  out.answer = answer_of(await call({ name: "invoke", arguments: prompt })).text;
  const wrong = await call({ name: "invoke", arguments: { target: "sandbox/ecko", prompt: "x" } });
  out.wrong = wrong.isError && first_text(wrong);
  out.unknown = await call({ name: "no_such_tool", arguments: {} }).catch((error) => error.code);
}

// Progress is watched, and then the call is given up.
async function watch_and_cancel({ call }, out) {
  const given_up = new AbortController();
  out.progress = 0;
  const onprogress = () => ++out.progress === 3 && given_up.abort("enough");
  const slow = { name: "invoke", arguments: { target: "sandbox/slow", prompt: "go" } };
  out.cancelled = await call(slow, { onprogress, signal: given_up.signal }).then(
    () => false,
    () => true,
  );
}

// An agent asks, and is answered in its task; another one takes its time.
async function talk_to_agents({ call }, out) {
  const invoke = async (given) => answer_of(await call({ name: "invoke", arguments: given }));
  const task_of = ({ task_id, text }) => task_id ?? /task_id\W+([0-9a-f]{32})/.exec(text)[1];
  const asked = await invoke({ target: "agent:sandbox-clerk", prompt: "Fill in the form" });
  out.form = (await invoke({ task_id: task_of(asked), prompt: "Ada" })).text;
  const writer = { target: "agent:sandbox-writer", prompt: "a note", wait_seconds: 0 };
  const task_id = task_of(await invoke(writer));
  const found = await call({ name: "get_task", arguments: { task_id, wait_seconds: 20 } });
  out.draft = answer_of(found).text;
}

async function sandbox(connected, out) {
  await read_lists(connected, out);
  await read_one_of_each(connected, out);
  await call_tools(connected, out);
  await watch_and_cancel(connected, out);
  await talk_to_agents(connected, out);
  if (!connected.modern) await connected.client.ping();
}

// The agent's question goes to the person at the client.
async function person({ call }, out) {
  const given = { target: "agent:sandbox-clerk", prompt: "Fill in the form" };
  out.form = answer_of(await call({ name: "invoke", arguments: given })).text;
}

const asking_prompt = "test_input_required_result_prompt";

// The server asks a person, a model and for the roots.
async function be_asked({ call, client }, out) {
  const refused = (error) => `refused: ${error.code}`;
  const ask = (name) =>
    call({ name: `test_input_required_result_${name}`, arguments: {} }).then(first_text, refused);
  out.one = await ask("elicitation");
  out.all = await ask("multiple_inputs");
  out.rounds = await ask("multi_round");
  out.state = await ask("request_state");
  const prompt = client.getPrompt({ name: asking_prompt });
  out.prompt = await prompt.then((got) => got.messages[0].content.text, refused);
}

async function read_all_kinds({ call, client }, out) {
  out.contents = 0;
  for (const kind of ["image_content", "audio_content", "embedded_resource", "multiple_content_types"]) {
    out.contents += (await call({ name: `test_${kind}`, arguments: {} })).content.length;
  }
  const { resources } = await client.listResources();
  for (const { uri } of resources) out.contents += (await client.readResource({ uri })).contents.length;
  const given = { arg1: "a", arg2: "b", resourceUri: "test://static-text" };
  for (const { name, arguments: wanted = [] } of (await client.listPrompts()).prompts) {
    if (name === asking_prompt) continue;
    const named = Object.fromEntries(wanted.map((each) => [each.name, given[each.name]]));
    out.contents += (await client.getPrompt({ name, arguments: named })).messages.length;
  }
}

async function hear_all({ call, client, hear, modern }, out) {
  out.progress = [];
  const onprogress = ({ progress }) => out.progress.push(progress);
  await call({ name: "test_tool_with_progress", arguments: {} }, { onprogress });
  const changed = new Promise((heard) => hear.tools_changed(() => heard(true)));
  out.logged = 0;
  hear.log(() => ++out.logged);
  const listening = modern && (await client.listen({ toolsListChanged: true }));
  if (!modern) await client.setLoggingLevel("info");
  await call({ name: "test_tool_with_logging", arguments: {} });
  await call({ name: "test_trigger_tool_change", arguments: {} });
  out.changed = await changed;
  if (listening) await listening.close();
}

async function fixture(connected, out) {
  out.tools = (await connected.client.listTools()).tools.length;
  await be_asked(connected, out);
  await read_all_kinds(connected, out);
  await hear_all(connected, out);
}

export const plans = { sandbox, person, fixture };
