// An agent of the SDK that speaks A2A 0.3.
import { DefaultRequestHandler, InMemoryTaskStore } from 'a2a-sdk-0.3/server';
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from 'a2a-sdk-0.3/server/express';

import { behave, cancel, is_message, new_id } from './executor.mjs';

function wire_part(part) {
  if (part.type === 'text') return { kind: 'text', text: part.value };
  if (part.type === 'data') return { kind: 'data', data: part.value };
  const content = part.url ? { uri: part.url } : { bytes: part.base64 };
  return { kind: 'file', file: { name: part.name, mimeType: part.media_type, ...content } };
}

const wire_message = (parts, ids) => ({
  kind: 'message', messageId: new_id(), role: 'agent', parts: parts.map(wire_part), ...ids,
});

function turn_of(context) {
  const parts = context.userMessage.parts;
  return {
    text: parts.filter((part) => part.kind === 'text').map((part) => part.text).join(''),
    files: parts.filter((part) => part.kind === 'file').map((part) => ({
      name: part.file.name, bytes: Buffer.from(part.file.bytes, 'base64').toString(),
    })),
    taskId: context.taskId,
    follows: context.task !== undefined,
  };
}

function wire_event(event, ids) {
  if (event.type === 'artifact') {
    const artifact = { artifactId: event.id, parts: event.parts.map(wire_part) };
    return { kind: 'artifact-update', ...ids, artifact, append: event.append, lastChunk: event.last };
  }
  const message = event.said ? wire_message([{ type: 'text', value: event.said }], ids) : undefined;
  const final = event.state !== 'working';
  const status = { state: event.state, message, timestamp: new Date().toISOString() };
  return { kind: 'status-update', ...ids, status, final };
}

class Executor {
  async execute(context, bus) {
    const turn = turn_of(context);
    const ids = { taskId: context.taskId, contextId: context.contextId };
    if (is_message(turn.text)) {
      const words = 'direct: ' + turn.text.slice('direct '.length);
      bus.publish(wire_message([{ type: 'text', value: words }], { contextId: ids.contextId }));
      return bus.finished();
    }
    const begun = {
      kind: 'task', id: ids.taskId, contextId: ids.contextId, history: [context.userMessage],
      status: { state: 'submitted', timestamp: new Date().toISOString() },
    };
    if (!context.task) bus.publish(begun);
    for await (const event of behave(turn)) bus.publish(wire_event(event, ids));
    bus.finished();
  }
  async cancelTask(taskId) {
    cancel(taskId);
  }
}

// Mounted below `/name`: the card, /rpc and /rest. `options`: {rest} to prefer plain HTTP.
export function mount(app, name, origin, options = {}) {
  const url = `${origin}/${name}`;
  const card = {
    name, description: 'Does what the first word says', version: '1', protocolVersion: '0.3.0',
    url: options.rest ? `${url}/rest` : `${url}/rpc`,
    preferredTransport: options.rest ? 'HTTP+JSON' : 'JSONRPC',
    capabilities: { streaming: true, pushNotifications: false },
    defaultInputModes: ['text/plain'], defaultOutputModes: ['text/plain'],
    skills: [{ id: 'words', name: 'Words', description: 'obeys words', tags: [] }],
  };
  const handler = new DefaultRequestHandler(card, new InMemoryTaskStore(), new Executor());
  const common = { requestHandler: handler, userBuilder: UserBuilder.noAuthentication };
  app.use(`/${name}/.well-known/agent-card.json`, agentCardHandler({ agentCardProvider: handler }));
  app.use(`/${name}/rpc`, jsonRpcHandler(common));
  app.use(`/${name}/rest`, restHandler(common));
}
