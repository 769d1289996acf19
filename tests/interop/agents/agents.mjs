// All agents in one process, on a free loopback port that is told on stdout. Ends when its stdin
// does, so that it never outlives the test that started it.
import express from 'express';
import { createServer } from 'node:http';

import { mount as mount_0_3 } from './agent_0_3.mjs';
import { mount as mount_1_0 } from './agent_1_0.mjs';

const app = express();
const server = createServer(app);
server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  mount_1_0(app, 'v1', origin);
  mount_1_0(app, 'v1-rest', origin, { rest_first: true });
  mount_1_0(app, 'v1-plain', origin, { streaming: false });
  mount_1_0(app, 'v1-and-0.3', origin, { legacy: true });
  mount_1_0(app, 'keyed', origin, { key: 'agents-own-key-0123456789' });
  mount_0_3(app, 'old', origin);
  mount_0_3(app, 'old-rest', origin, { rest: true });
  console.log(origin);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
// What the SDKs log of agents that throw is not of interest.
console.error = () => {};
