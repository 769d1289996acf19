// What the SDK's own client makes of the same agents. `node client.mjs <origin>` prints one JSON line
// for each agent and text: {agent, text, state, answer, said, files}.
import { taskStateToJSON } from 'a2a-sdk-1.0';
import {
  ClientFactory as OldFactory, ClientFactoryOptions as OldOptions,
  JsonRpcTransportFactory as OldJsonRpc, RestTransportFactory as OldRest,
} from 'a2a-sdk-0.3/client';
import {
  ClientFactory, ClientFactoryOptions, JsonRpcTransportFactory, RestTransportFactory,
} from 'a2a-sdk-1.0/client';
import { randomUUID } from 'node:crypto';

const origin = process.argv[2];
export const texts = [
  'echo hello', 'direct hello', 'stream 3', 'ask', 'login', 'slow 2', 'fail', 'reject', 'throw', 'files',
  'said and done',
];

// Both versions' parts in one shape: {text} | {data} | {name, media_type, base64 | url}.
function neutral(part) {
  if (part.content) {
    const { $case, value } = part.content;
    if ($case === 'text') return { text: value };
    if ($case === 'data') return { data: value };
    const content = $case === 'url' ? { url: value } : { base64: Buffer.from(value).toString('base64') };
    return { name: part.filename, media_type: part.mediaType, ...content };
  }
  if (part.kind === 'text') return { text: part.text };
  if (part.kind === 'data') return { data: part.data };
  const { name, mimeType, bytes, uri } = part.file;
  return { name, media_type: mimeType, ...(uri ? { url: uri } : { base64: bytes }) };
}

const text_of = (parts) => (parts ?? []).map(neutral).map((part) => part.text ?? '').join('');
const is_file = (part) => part.base64 !== undefined || part.url !== undefined;
const word = (state) => (typeof state === 'number' ? taskStateToJSON(state) : state)
  .replace('TASK_STATE_', '').toLowerCase().replace('_', '-');

function summary(result) {
  const message = result.parts !== undefined;
  if (message) return { state: 'message', answer: text_of(result.parts), said: '', files: [], data: [] };
  const parts = (result.artifacts ?? []).flatMap((artifact) => artifact.parts).map(neutral);
  return {
    state: word(result.status.state),
    answer: parts.map((part) => part.text ?? '').join(''),
    said: text_of(result.status.message?.parts),
    files: parts.filter(is_file),
    data: parts.filter((part) => part.data !== undefined).map((part) => part.data),
  };
}

const compat = { legacyCompat: { enabled: true } };
const client_1_0 = (url, name) => new ClientFactory(ClientFactoryOptions.createFrom(
  ClientFactoryOptions.default,
  {
    transports: [new JsonRpcTransportFactory(compat), new RestTransportFactory(compat)],
    preferredTransports: name.endsWith('-rest') ? ['HTTP+JSON'] : ['JSONRPC'],
  })).createFromUrl(url, '');

const client_0_3 = (url, name) => new OldFactory({
  ...OldOptions.default, transports: [name.endsWith('-rest') ? new OldRest() : new OldJsonRpc()],
}).createFromUrl(url, '');

const message_1_0 = (text) => ({
  message: {
    messageId: randomUUID(), role: 1, contextId: '', taskId: '', extensions: [], referenceTaskIds: [],
    metadata: undefined,
    parts: [{ content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: '' }],
  },
  configuration: undefined, metadata: undefined, tenant: '',
});
const message_0_3 = (text) => ({
  message: { kind: 'message', messageId: randomUUID(), role: 'user', parts: [{ kind: 'text', text }] },
  configuration: { blocking: true },
});

for (const name of ['v1', 'v1-rest', 'v1-plain', 'v1-and-0.3', 'old', 'old-rest']) {
  const card = `${origin}/${name}/.well-known/agent-card.json`;
  const old = name.startsWith('old');
  const client = await (old ? client_0_3(card, name) : client_1_0(card, name));
  for (const text of texts) {
    let out;
    try {
      const result = await client.sendMessage(old ? message_0_3(text) : message_1_0(text));
      out = summary(result.message ?? result.task ?? result.payload?.value ?? result);
    } catch (error) {
      out = { state: 'error', answer: '', said: String(error.message), files: [], data: [] };
    }
    console.log(JSON.stringify({ agent: name, text, ...out }));
  }
}
process.exit(0);
