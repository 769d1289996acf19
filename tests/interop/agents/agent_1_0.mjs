// An agent of the SDK that speaks A2A 1.0, and 0.3 besides where it is told to.
import { Role, taskStateFromJSON } from 'a2a-sdk-1.0';
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from 'a2a-sdk-1.0/server';
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from 'a2a-sdk-1.0/server/express';

import { behave, cancel, is_message, new_id } from './executor.mjs';

const wire_state = (word) => taskStateFromJSON('TASK_STATE_' + word.toUpperCase().replace('-', '_'));

function content(part) {
  if (part.type === 'text') return { $case: 'text', value: part.value };
  if (part.type === 'data') return { $case: 'data', value: part.value };
  if (part.url) return { $case: 'url', value: part.url };
  return { $case: 'raw', value: Buffer.from(part.base64, 'base64') };
}

const wire_part = (part) => ({
  content: content(part),
  metadata: undefined,
  filename: part.name ?? '',
  mediaType: part.media_type ?? '',
});

const wire_message = (parts, ids) => ({
  messageId: new_id(),
  role: Role.ROLE_AGENT,
  parts: parts.map(wire_part),
  metadata: undefined,
  extensions: [],
  referenceTaskIds: [],
  ...ids,
});

function turn_of(context) {
  const parts = context.userMessage.parts;
  const of = (kind) => parts.filter((part) => part.content?.$case === kind);
  return {
    text: of('text').map((part) => part.content.value).join(''),
    files: of('raw').map((part) => ({ name: part.filename, bytes: Buffer.from(part.content.value).toString() })),
    taskId: context.taskId,
    follows: context.task !== undefined,
  };
}

function wire_event(event, ids) {
  if (event.type === 'artifact') {
    const parts = event.parts.map(wire_part);
    const artifact = { artifactId: event.id, name: '', description: '', parts, metadata: undefined, extensions: [] };
    return AgentEvent.artifactUpdate({
      ...ids, artifact, append: event.append, lastChunk: event.last, metadata: undefined,
    });
  }
  const message = event.said ? wire_message([{ type: 'text', value: event.said }], ids) : undefined;
  const status = { state: wire_state(event.state), message, timestamp: new Date().toISOString() };
  return AgentEvent.statusUpdate({ ...ids, status, metadata: undefined });
}

class Executor {
  async execute(context, bus) {
    const turn = turn_of(context);
    const ids = { taskId: context.taskId, contextId: context.contextId };
    if (is_message(turn.text)) {
      const words = 'direct: ' + turn.text.slice('direct '.length);
      bus.publish(AgentEvent.message(wire_message([{ type: 'text', value: words }], { ...ids, taskId: '' })));
      return bus.finished();
    }
    const begun = {
      id: ids.taskId, contextId: ids.contextId, artifacts: [], history: [context.userMessage], metadata: undefined,
      status: { state: wire_state('submitted'), message: undefined, timestamp: new Date().toISOString() },
    };
    bus.publish(AgentEvent.task(context.task ?? begun));  // a task that goes on shows its old question
    for await (const event of behave(turn)) bus.publish(wire_event(event, ids));
    bus.finished();
  }
  async cancelTask(taskId) {
    cancel(taskId);
  }
}

function card_of(name, url, options) {
  const versions = options.legacy ? ['1.0', '0.3'] : ['1.0'];
  const bindings = options.rest_first ? ['HTTP+JSON', 'JSONRPC'] : ['JSONRPC', 'HTTP+JSON'];
  const place = (binding) => `${url}/${binding === 'JSONRPC' ? 'rpc' : 'rest'}`;
  return {
    name, description: 'Does what the first word says', version: '1', documentationUrl: '', iconUrl: '',
    supportedInterfaces: bindings.flatMap((binding) => versions.map((version) => ({
      url: place(binding), protocolBinding: binding, protocolVersion: version, tenant: '',
    }))),
    provider: { organization: 'Tests', url: 'https://example.com' },
    capabilities: {
      streaming: options.streaming ?? true, pushNotifications: false, extensions: [],
      extendedAgentCard: Boolean(options.key),
    },
    securitySchemes: options.key
      ? { bearer: { scheme: { $case: 'httpAuthSecurityScheme', value: { scheme: 'Bearer', bearerFormat: '', description: '' } } } }
      : {},
    securityRequirements: options.key ? [{ schemes: { bearer: { list: [] } } }] : [],
    defaultInputModes: ['text/plain'], defaultOutputModes: ['text/plain'], signatures: [],
    skills: [{ id: 'words', name: 'Words', description: 'obeys words', tags: [], examples: [], inputModes: [],
               outputModes: [], securityRequirements: [] }],
  };
}

// Mounted below `/name`: the card, /rpc and /rest. `options`: {legacy, streaming, key, rest_first}.
export function mount(app, name, origin, options = {}) {
  const url = `${origin}/${name}`;
  const card = card_of(name, url, options);
  const extended = {
    ...card, name: `${name} (extended)`,
    skills: [...card.skills, { ...card.skills[0], id: 'secret', name: 'Secret' }],
  };
  const handler = new DefaultRequestHandler(
    card, new InMemoryTaskStore(), new Executor(), undefined, undefined, undefined,
    options.key ? extended : undefined);
  const legacyCompat = options.legacy ? { enabled: true } : undefined;
  const common = { requestHandler: handler, userBuilder: UserBuilder.noAuthentication, legacyCompat };
  if (options.key) {
    const authenticated = async () => ({ isAuthenticated: true, userName: 'tester' });
    common.userBuilder = authenticated;
    app.use([`/${name}/rpc`, `/${name}/rest`], (request, response, next) => {
      if (request.headers.authorization === `Bearer ${options.key}`) return next();
      response.set('WWW-Authenticate', 'Bearer').status(401).json({ error: { message: 'a key is needed' } });
    });
  }
  app.use(`/${name}/.well-known/agent-card.json`, agentCardHandler({ agentCardProvider: handler, legacyCompat }));
  app.use(`/${name}/rpc`, jsonRpcHandler(common));
  app.use(`/${name}/rest`, restHandler(common));
}
