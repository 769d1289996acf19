// What the agents do, told in events of no particular version: the first word of the text decides.
import { randomUUID } from 'node:crypto';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const canceled = new Set();
export const cancel = (taskId) => canceled.add(taskId);

const text = (value) => ({ type: 'text', value });
const artifact = (id, parts, append = false, last = true) => ({ type: 'artifact', id, parts, append, last });
const status = (state, said) => ({ type: 'status', state, said });

const file_parts = [
  text('see '),
  text('these'),
  { type: 'file', name: 'a.txt', media_type: 'text/plain', base64: 'aGVsbG8hCg==' },
  { type: 'file', name: 'b.pdf', media_type: 'application/pdf', url: 'https://example.com/b.pdf' },
  { type: 'data', value: { ok: true, rows: [1, 2.5, null] } },
];

async function* slowly(tenths, taskId) {
  yield status('working', 'working on it');
  for (let i = 0; i < tenths; ++i) {
    await sleep(100);
    if (canceled.has(taskId)) {
      yield status('canceled', 'stopped');
      return;
    }
  }
  yield artifact('slow', [text('slow but done')]);
  yield status('completed');
}

async function* chunks(count) {
  yield status('working', 'working on it');
  for (let i = 1; i <= count; ++i) {
    await sleep(20);
    yield artifact('chunks', [text(`chunk ${i}/${count}; `)], i > 1, i === count);
  }
  yield status('completed');
}

// `turn`: {text, files: [{name, bytes}], taskId, follows}; yields what to publish after the task.
export async function* behave(turn) {
  const [word, ...rest] = turn.text.split(' ');
  const words = rest.join(' ');
  if (turn.follows) {
    yield status('working');
    await sleep(20);
    yield artifact('answer', [text(`you answered: ${turn.text}`)]);
    yield status('completed');
    return;
  }
  switch (word) {
    case 'stream':
      yield* chunks(Number(words));
      return;
    case 'ask':
      yield status('input-required', 'Which city?');
      return;
    case 'login':
      yield status('auth-required', 'Sign in at https://auth.example.com/device');
      return;
    case 'slow':
      yield* slowly(Number(words), turn.taskId);
      return;
    case 'fail':
      yield artifact('part', [text('half of it')]);
      yield status('failed', 'could not do it');
      return;
    case 'reject':
      yield status('rejected', 'not my job');
      return;
    case 'throw':
      throw new Error('executor exploded');
    case 'files':
      yield artifact('files', file_parts);
      yield status('completed');
      return;
    case 'received':
      yield artifact('names', turn.files.map((file) => text(`${file.name ?? 'file'}=${file.bytes};`)));
      yield status('completed');
      return;
    case 'said':
      yield status('completed', words);
      return;
    default:
      yield artifact('echo', [text(`echo: ${turn.text}`)]);
      yield status('completed');
  }
}

export const is_message = (words) => words.startsWith('direct ');
export const new_id = () => randomUUID();
