// node sessions.mjs PLAN HOME '{"stdio": [PROGRAM, ...], "http": [PROGRAM, ...]}' CLIENT...: each of the
// official clients does with the server what a person would, on each transport, all at once. All that
// they say and hear is checked, and a line for each says what came of it.
import { check } from "./check.mjs";
import { connect } from "./official.mjs";
import { plans } from "./plans.mjs";
import { tapped } from "./tapped.mjs";

const [plan, home, servers, ...clients] = process.argv.slice(2);

async function session(client, transport, words) {
  const tap = await tapped(transport, words, home);
  const out = { client, transport, questions: [] };
  const connected = await connect(client, tap.at, out.questions);
  await plans[plan](connected, out).catch((error) => {
    out.thrown = String(error.stack);
  });
  const errors = [...connected.errors]; // before it closes, which makes some of its own
  await connected.client.close();
  const { problems, ...counts } = check(tap.records());
  return { ...out, ...counts, problems: [...problems, ...errors] };
}

const all = clients.flatMap((client) =>
  Object.entries(JSON.parse(servers)).map(([transport, words]) =>
    session(client, transport, words)));
for (const each of all) console.log(JSON.stringify(await each));
process.exit();
