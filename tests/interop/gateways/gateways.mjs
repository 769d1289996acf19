// Starts two gateways that others wrote: aimock, which answers as OpenRouter and as plain servers
// do, and Portkey's gateway in front of it. Prints their addresses on one line; ends with its input.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { LLMock } from '@copilotkit/aimock';

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(url) {
  for (let i = 0; i < 200; i++) {
    try {
      if ((await fetch(url)).status) return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing answers at ${url}`);
}

const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent' });
const saying = (model, text, more = {}) =>
  mock.addFixture({ match: { model }, response: { content: text, ...more } });
saying('maker/large', 'The large model answers at some length, in several pieces.', {
  usage: { prompt_tokens: 11, completion_tokens: 22, total_tokens: 33, cost: 0.0125 },
});
saying('maker/spare', 'The spare model answers.');
saying('plain', 'A plain server answers.');
mock.addFixture({
  match: { model: 'maker/busy' },
  response: { error: { message: 'no capacity', type: 'server_error' }, status: 503 },
});
mock.addFixture({
  match: { model: 'maker/limited' },
  response: { error: { message: 'slow down', type: 'rate_limit_error' }, status: 429 },
});
await mock.start();

const port = await freePort();
const script = fileURLToPath(new URL('portkey.mjs', import.meta.url));
const portkey = spawn(process.execPath, [script, `--port=${port}`, '--headless'], {
  stdio: ['ignore', 'ignore', 'ignore'],
  env: { ...process.env, TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
});
await answers(`http://127.0.0.1:${port}/`);

console.log(JSON.stringify({ aimock: mock.url, portkey: `http://127.0.0.1:${port}` }));
process.stdin.resume();
process.stdin.on('end', () => {
  portkey.kill();
  process.exit(0);
});
