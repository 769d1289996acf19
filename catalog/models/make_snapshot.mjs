#!/usr/bin/env node
// Makes catalog/models/snapshot.json from a saved reply of GET https://openrouter.ai/api/v1/models:
//
//   node catalog/models/make_snapshot.mjs models.json 2026-06-29 > catalog/models/snapshot.json
//
// The date is the day of the capture. With --facts instead of a date it prints the records in the shape
// of the wire, reduced to the same facts, one per line: tests/golden/openrouter/models.json.
import { readFileSync } from 'node:fs';

const [file, date] = process.argv.slice(2);
if (!file || !/^(\d{4}-\d\d-\d\d|--facts)$/.test(date ?? '')) {
  console.error('usage: make_snapshot.mjs <reply.json> <YYYY-MM-DD | --facts>');
  process.exit(2);
}
const records = JSON.parse(readFileSync(file, 'utf8')).data;

function facts(m) {
  const aa = m.benchmarks?.artificial_analysis;
  return {
    id: m.id, name: m.name, created: m.created, alias_target: m.alias_target,
    context_length: m.context_length,
    architecture: {
      input_modalities: m.architecture.input_modalities,
      output_modalities: m.architecture.output_modalities,
    },
    pricing: m.pricing,
    top_provider: m.top_provider,
    supported_parameters: m.supported_parameters,
    knowledge_cutoff: m.knowledge_cutoff, expiration_date: m.expiration_date,
    reasoning: m.reasoning,
    benchmarks: aa && { artificial_analysis: aa },
  };
}

if (date === '--facts') {
  console.log(`{"data":[\n${records.map((m) => JSON.stringify(facts(m))).join(',\n')}\n]}`);
  process.exit(0);
}

const words = (lists) => [...new Set(lists.flat())].sort();
const modalities = words(records.map((m) => [...m.architecture.input_modalities, ...m.architecture.output_modalities]));
const parameters = words(records.map((m) => m.supported_parameters ?? []));
// In the order of the wire, strongest first.
const strength = ['max', 'xhigh', 'high', 'medium', 'low', 'minimal', 'none'];
const efforts = words(records.map((m) => m.reasoning?.supported_efforts ?? []))
  .sort((a, b) => strength.indexOf(a) - strength.indexOf(b));
// A set of words as a number: bit i stands for table[i]. Sums, because shifts end at 32 bits.
const bits = (table, list) => [...new Set(list ?? [])].reduce((sum, word) => sum + 2 ** table.indexOf(word), 0);
// $ per token to $ per million, without the noise of a multiplication.
const perMillion = (price) => (price == null ? null : price === '-1' ? -1 : Number(`${price}e6`));
function others(pricing) {
  const charges = Object.entries(pricing)
    .filter(([key, value]) => !['prompt', 'completion', 'discount'].includes(key) && Number(value) > 0)
    .map(([key, value]) => [key, Number(value)]);
  return charges.length ? Object.fromEntries(charges) : null;
}
const truth = (value) => (value == null ? null : Number(value));

const columns = {
  id: (m) => m.id,
  name: (m) => m.name,
  created: (m) => m.created,
  context_length: (m) => m.context_length,
  max_completion_tokens: (m) => m.top_provider?.max_completion_tokens,
  prompt: (m) => perMillion(m.pricing.prompt),
  completion: (m) => perMillion(m.pricing.completion),
  input_modalities: (m) => bits(modalities, m.architecture.input_modalities),
  output_modalities: (m) => bits(modalities, m.architecture.output_modalities),
  supported_parameters: (m) => bits(parameters, m.supported_parameters),
  reasoning: (m) => m.reasoning && [truth(m.reasoning.mandatory), truth(m.reasoning.default_enabled),
    bits(efforts, m.reasoning.supported_efforts), m.reasoning.default_effort],
  benchmarks: (m) => {
    const aa = m.benchmarks?.artificial_analysis;
    return aa && [aa.intelligence_index, aa.coding_index, aa.agentic_index];
  },
  other_charges: (m) => others(m.pricing),
  moderated: (m) => (m.top_provider?.is_moderated ? 1 : null),
  knowledge_cutoff: (m) => m.knowledge_cutoff,
  expiration_date: (m) => m.expiration_date,
  alias_target: (m) => m.alias_target?.slug,
};

// What is absent is null, and left out at the end of a row.
function row(m) {
  const values = Object.values(columns).map((column) => column(m) ?? null);
  while (values.at(-1) === null) values.pop();
  return JSON.stringify(values);
}
console.log(`{"as_of":"${date}",
"columns":${JSON.stringify(Object.keys(columns))},
"modalities":${JSON.stringify(modalities)},
"parameters":${JSON.stringify(parameters)},
"efforts":${JSON.stringify(efforts)},
"models":[\n${records.map(row).join(',\n')}\n]}`);
