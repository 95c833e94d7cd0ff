// The rules that decide on the device, answering questions: one JSON line in, one JSON line out.
import { createInterface } from "node:readline";
import * as rules from "../../static/js/oneask-rules.js";

const loaded = new Map();
let tables;

const ANSWERS = {
  tables: (told) => void (tables = told),
  load: ({ name, payload }) => void loaded.set(name, rules.compile({ tables, ...payload })),
  decide: ({ name, ...at }) => rules.decide({ rules: loaded.get(name), ...at }),
  fold: ({ facts, events }) => rules.fold(facts, events, tables),
  keep: ({ name, ...told }) => rules.keep({ rules: loaded.get(name), ...told }),
  answer: ({ name, ...told }) => rules.answer({ rules: loaded.get(name), ...told }),
  moment: ({ name, event, properties }) => rules.momentOf(loaded.get(name), event, properties),
  reached: ({ name, event, properties }) => rules.momentsReached(loaded.get(name), event, properties),
  fill: ({ text, properties }) => rules.fill(text, properties),
  bucket: ({ seed, value }) => rules.bucket(seed, value),
  hash: ({ text }) => rules.fnv1a32(text),
  ranges: ({ count, coverage, weights }) => rules.bucketRanges(count, coverage, weights),
  choose: ({ n, ranges }) => rules.chooseVariation(n, ranges),
  rulesFor: (facts) => rules.platformRules(facts, tables),
  settingsPath: ({ form_factor, ...facts }) => rules.settingsPath(facts, tables, form_factor),
  budget: ({ rules: key, status, cause, ...counts }) =>
    rules.promptBudget(tables.platforms[key], status, cause, counts),
  arms: ({ name, ids, ...at }) =>
    ids.map((deviceKey) => rules.decide({ rules: loaded.get(name), deviceKey, ...at }).arm),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [what, told] = JSON.parse(line);
  let said;
  try {
    said = { said: ANSWERS[what](told) ?? null };
  } catch (error) {
    said = { error: error.stack };
  }
  console.log(JSON.stringify(said));
}
