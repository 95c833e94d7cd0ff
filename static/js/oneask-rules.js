/* The decision at a moment, made on the device: a port of campaigns/domain (decision and what it needs) as pure
   functions: no clock, no randomness, no page. The same rules, facts, standing and time give the same answer as on the
   server, field by field; tests/campaigns/domain/test_rules_js.py holds the two to it.

     <script type="module" src="oneask-rules.js"></script>   then window.OneAskRules
     import { compile, decide } from "./oneask-rules.js";    in a page or in Node

   Guide: docs/javascript-client.md. Functions here have the names of those they port. */

import { audienceRefusal, refusal, wordsFor } from "./oneask-audience.js";
import {
  cut,
  DAY,
  fold,
  own,
  platformRules,
  promptBudget,
  settingsPath,
  strip,
  withDefaults,
  words,
} from "./oneask-device.js";

export { fold, platformRules, promptBudget, settingsPath };

export const HOLDOUT = "holdout";
export const EMPTY_STANDING = { reserved: [], assigned: {} };

/** The rules of a bundle, ready to be asked: give it the decoded payload. */
export function compile({ ruleset, matching = {}, stopped = false, tables }) {
  const { defaults } = tables;
  const campaigns = (kind, letter, byMoment) =>
    mapped(byMoment, (told) =>
      told.map((one) => {
        const made = { ...defaults[kind], ...one, key: letter + one.id };
        made.arms = one.arms.map((arm) => ({ ...defaults.arm, ...arm }));
        made.shares = armShares(made.arms);
        made.drawable = made.shares.some((share) => share > 0);
        if (made.backoff_days && !made.backoff_days.length) made.backoff_days = defaults.soft_ask.backoff_days;
        return made;
      })
    );
  const whole = { ...defaults.ruleset, ...ruleset };
  return {
    ...whole,
    moments: mapped(whole.moments, (moment) => ({ ...defaults.moment, ...moment })),
    soft_asks: campaigns("soft_ask", "s", whole.soft_asks),
    redirects: campaigns("redirect", "r", whole.redirects),
    fatigue: { ...defaults.fatigue, ...whole.fatigue },
    matching,
    stopped: stopped || whole.stopped === true,
    tables,
  };
}

const mapped = (table, fn) => Object.fromEntries(Object.entries(table).map(([key, value]) => [key, fn(value)]));

// -- the draw (assignment): GrowthBook's hash, version 2

export function fnv1a32(text) {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return state;
}

/** The number in [0, 1) of a device key under a seed, in steps of 0.0001. */
export const bucket = (seed, value) => (fnv1a32(String(fnv1a32(seed + value))) % 10000) / 10000;

/** The slice of [0, 1) that each variation owns. Unfit weights are replaced by equal ones, as GrowthBook does. */
export function bucketRanges(count, coverage = 1, weights = null) {
  const covered = Math.min(Math.max(coverage, 0), 1);
  const equal = Array(Math.max(count, 0)).fill(1 / count);
  let chosen = weights?.length === count ? weights : equal;
  const sum = added(chosen);
  if (!(sum >= 0.99 && sum <= 1.01)) chosen = equal;
  let start = 0;
  return chosen.map((weight) => {
    const range = [start, start + covered * weight];
    start += weight;
    return range;
  });
}

export const chooseVariation = (n, ranges) => ranges.findIndex(([low, high]) => low <= n && n < high);

const added = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

function armShares(arms) {
  const sane = arms.map(({ weight }) => (weight > 0 && weight < Infinity ? weight : 0));
  const total = added(sane);
  return sane.map((weight) => (total > 0 && total < Infinity ? weight / total : 0));
}

function chooseArm(seed, value, shares) {
  const last = shares.findLastIndex((share) => share > 0);
  if (shares.filter((share) => share > 0).length < 2) return last;
  const chosen = chooseVariation(bucket(seed, value), bucketRanges(shares.length, 1, shares));
  return chosen >= 0 ? chosen : last; // rounding may leave a sliver above the last range
}

// -- the decision (decision, answer)

/** What to show the device at a moment, and why. `now`: ms since 1970 UTC; `deviceKey`: what arms are drawn by.
 *
 * `standing`: {reserved, assigned}, see `keep`. The answer has the fields of campaigns/domain/answer.py; its budget is
 * without the sentence for people.
 */
export function decide({ rules, moment, facts, standing = EMPTY_STANDING, deviceKey, now }) {
  const known = own(rules.moments, moment);
  if (!known) return none("unknown_moment", moment);
  if (rules.stopped) return none("app_stopped", moment);
  if (known.paused) return none("moment_paused", moment);
  const { tables } = rules;
  facts = withDefaults(facts, tables);
  standing = { ...EMPTY_STANDING, ...standing };
  const platform = platformRules(facts, tables);
  const settled = settledReason(facts, platform);
  if (settled) return none(settled, moment);
  const live = liveReservations(facts, standing, now);
  const cap = fatigueCap(rules, facts, live, now);
  if (cap) return none("fatigue_cap", moment, { retry_after: cap.until });
  if (!platform) return none("unknown_platform", moment);
  return byBudget({ rules, moment, facts, standing, deviceKey, now, platform, live, tables });
}

const NOTHING = {
  campaign: "",
  campaign_id: 0,
  revision: 0,
  arm: "",
  variant: "",
  propensity: null,
  copy: {},
  settings: null,
  budget: null,
  assignment: null,
  gate_arms: [],
  reserves: null,
  considered: [],
  retry_after: null,
};
const none = (reason, moment, more) => ({ action: "none", reason, moment, ...NOTHING, ...more });

function settledReason({ status, never_ask_at }, platform) {
  if (status === "authorized" || status === "ephemeral") return "already_authorized";
  if (status === "unsupported") return "unsupported";
  if (platform?.prompts === 0) {
    if (!platform.on_by_default) return "unsupported";
    if (status !== "denied") return "already_authorized";
  }
  return never_ask_at != null ? "user_said_never" : null;
}

/** What is left of the system's dialog chooses the path. */
function byBudget(at) {
  const { facts, platform, moment, now, tables } = at;
  const status = facts.status ?? freshStatus(facts, platform);
  if (!status) return none("status_unknown", moment);
  let cause = status === "denied" ? (facts.cause ?? null) : null;
  if (platform.on_by_default) cause = "turned_off";
  let budget = promptBudget(platform, status, cause, facts);
  if (!budget.can_prompt) {
    if (budget.embargoed_until !== null || cause === "embargoed") {
      const until = Math.max(budget.embargoed_until ?? 0, facts.embargoed_until ?? 0) || null;
      if (until === null || now < until || !budget.prompts_left)
        return none("embargoed", moment, { budget, retry_after: until !== null && now < until ? until : null });
      budget = { ...budget, can_prompt: true, embargoed_until: null };
    } else if (tables.spent_causes.includes(cause)) {
      return redirectPath({ ...at, cause, budget });
    } else {
      return none("status_unknown", moment, { budget });
    }
  }
  return softAskPath({ ...at, budget });
}

function freshStatus(facts, platform) {
  if (platform.key === "android_unknown" || facts.answers > 0 || facts.refusals > 0) return null;
  return facts.ask_count > facts.dismissals + facts.ignores ? null : "not_determined";
}

/** Nothing applies: the refusal of the campaign that came closest gives the reason. */
function refused(refusals, { moment, budget, tables }, gate_arms = []) {
  const closeness = ([, { reason }]) => own(tables.closeness, reason) ?? -1;
  const [, { reason, until }] = refusals.reduce((best, one) => (closeness(one) > closeness(best) ? one : best));
  return none(reason, moment, { budget, considered: passedOver(refusals), retry_after: until, gate_arms });
}

const passedOver = (refusals) => refusals.map(([key, { reason }]) => [key, reason]);

// -- the soft-ask path (soft_ask_path, gates)

function softAskPath(at) {
  const { rules, moment, facts, standing, platform, budget, now } = at;
  const asks = own(rules.soft_asks, moment) ?? [];
  if (!asks.length) return nothingToAsk(at);
  if (isRefusedMoment(facts, platform, moment)) {
    const reason = "last_prompt_needs_other_moment";
    return none(reason, moment, { budget, considered: asks.map((ask) => [ask.key, reason]) });
  }
  const left = patience(at);
  const refusals = [];
  const gate_arms = [];
  for (const ask of asks) {
    let why = outside(ask, at);
    if (!why) {
      const { gates, drawn } = gatesOf(ask, at);
      if (drawn) gate_arms.push([`t${ask.id}`, drawn]);
      why = gatesRefusal(gates, facts, moment) ?? patienceRefusal(ask, facts, left, now);
    }
    if (!why) return { ...decisionOf(ask, "soft_ask", at, refusals), gate_arms };
    refusals.push([ask.key, why]);
  }
  return refused(refusals, at, gate_arms);
}

function nothingToAsk({ rules, moment, platform, budget }) {
  const redirects = own(rules.redirects, moment) ?? [];
  if (!redirects.length || !platform.toggle_needs_prior_ask) return none("no_campaign", moment, { budget });
  const reason = "no_settings_toggle";
  return none(reason, moment, { budget, considered: redirects.map((rule) => [rule.key, reason]) });
}

const isRefusedMoment = (facts, platform, moment) =>
  facts.refused_moment === moment &&
  platform.budget_counts === "refusals" &&
  (facts.refusals > 0 || facts.cause === "refused_once");

const outside = (campaign, at) => audienceRefusal(campaign, at) ?? (campaign.drawable ? null : refusal("no_arm"));

/** The gates that this device meets, and its new arm where they are tried out. */
function gatesOf(ask, { standing, deviceKey, now, tables }) {
  const full = (gates) => ({ ...tables.defaults.gates, ...gates });
  const arms = ask.gate_arms;
  if (!arms.length) return { gates: full(ask.gates) };
  const known = own(standing.assigned, `t${ask.id}`);
  const kept = known && arms.find((arm) => arm.key === known.arm);
  if (kept) return { gates: full(kept.gates) };
  const arm = arms[chooseArm(`${ask.seed}/gate`, deviceKey, armShares(arms))];
  if (!arm) return { gates: full(ask.gates) };
  return { gates: full(arm.gates), drawn: { arm: arm.key, at: now, revision: ask.revision } };
}

function gatesRefusal(gates, facts, moment) {
  if (facts.sessions <= 1 && !gates.allow_first_session) return refusal("gate_first_session");
  if (facts.sessions < gates.min_sessions) return refusal("gate_min_sessions");
  const reached = own(facts.moments, moment)?.count ?? 0;
  if (gates.min_times_reached > 1 && reached < gates.min_times_reached) return refusal("gate_times_reached");
  return facts.screens < gates.min_screens ? refusal("gate_min_screens") : null;
}

function patienceRefusal(ask, facts, left, now) {
  const declines = Math.max(left.declines, own(facts.campaigns, ask.key)?.declined ?? 0);
  if (declines >= ask.max_declines) return refusal("decline_cap");
  const until = Math.max(waitUntil(ask, left), left.open_until ?? 0);
  return now < until ? refusal("cooldown", until) : null;
}

// -- the redirect path (redirect_path)

function redirectPath(at) {
  const { rules, moment, budget } = at;
  const redirects = own(rules.redirects, moment) ?? [];
  if (rules.moments[moment].opening)
    return none("opening_moment", moment, { budget, considered: redirects.map((rule) => [rule.key, "opening_moment"]) });
  if (!redirects.length) return none("no_rule", moment, { budget });
  const refusals = [];
  for (const rule of redirects) {
    const why = redirectRefusal(rule, at);
    if (!why) return decisionOf(rule, "redirect", at, refusals);
    refusals.push([rule.key, why]);
  }
  return refused(refusals, at);
}

function redirectRefusal(rule, at) {
  const { facts, cause, live, now } = at;
  const audience = audienceRefusal(rule, at);
  if (audience) return audience;
  if (rule.causes.length && !rule.causes.includes(cause)) return refusal("audience_mismatch");
  if (!rule.drawable) return refusal("no_arm");
  const denied = facts.status_at ?? facts.denial?.at;
  if (denied == null) {
    if (rule.min_days_since_denial > 0) return refusal("too_soon_after_denial");
  } else {
    const until = denied + Math.max(rule.min_days_since_denial, 0) * DAY;
    if (now < until) return refusal("too_soon_after_denial", until);
  }
  const { shown, freeAt } = showings(rule, facts, live);
  if (shown >= rule.cap) return refusal("redirect_cap");
  return now < freeAt ? refusal("redirect_cooldown", freeAt) : null;
}

/** How often a rule was shown or is promised, and when its cooldown ends (ms). */
function showings(rule, facts, live) {
  const cooldown = Math.max(rule.cooldown_days, 0) * DAY;
  const known = own(facts.campaigns, rule.key);
  const seen = facts.exposures.filter((exposure) => exposure.campaign === rule.key && exposure.kind === "redirect");
  const promised = live.filter((promise) => promise.campaign === rule.key).map((promise) => promise.expires_at);
  const ends = [...seen.map((exposure) => exposure.at), known?.last_shown_at].filter((at) => at != null);
  const freeAt = Math.max(0, ...ends.map((at) => at + cooldown), ...promised);
  return { shown: Math.max(known?.shown ?? 0, seen.length) + promised.length, freeAt };
}

// -- the arm (arms)

function draw(campaign, { standing, deviceKey, now }) {
  const held = campaign.holdout > 0 ? Math.min(campaign.holdout, 1) : 0;
  const known = own(standing.assigned, campaign.key);
  const assign = (arm) => [campaign.key, { arm, at: now, revision: campaign.revision }];
  const drawn = (index, assignment) => ({
    arm: campaign.arms[index],
    propensity: (1 - held) * campaign.shares[index] || null,
    assignment,
  });
  if (known?.arm === HOLDOUT) return { arm: null, propensity: held || null, assignment: null };
  if (known) {
    const index = campaign.arms.findLastIndex((arm) => arm.key === known.arm);
    if (index >= 0) return drawn(index, null);
  } else if (held > 0 && bucket(`${campaign.seed}/holdout`, deviceKey) < held) {
    return { arm: null, propensity: held, assignment: assign(HOLDOUT) };
  }
  const index = chooseArm(campaign.seed, deviceKey, campaign.shares);
  return drawn(index, assign(campaign.arms[index].key));
}

function decisionOf(campaign, kind, at, refusals) {
  const { arm, propensity, assignment } = draw(campaign, at);
  const told = {
    moment: campaign.moment,
    campaign: campaign.key,
    campaign_id: campaign.id,
    revision: campaign.revision,
    propensity,
    budget: at.budget,
    assignment,
    considered: passedOver(refusals),
  };
  if (!arm) return { ...none("holdout"), ...told, arm: HOLDOUT };
  const soft = kind === "soft_ask";
  return {
    ...NOTHING,
    action: soft ? "soft_ask" : "settings_redirect",
    reason: soft ? "ask_softly" : "offer_settings",
    ...told,
    arm: arm.key,
    variant: arm.key,
    copy: wordsFor(arm, at.facts.locale),
    settings: soft ? null : settingsPath(at.facts, at.tables),
    reserves: kind,
  };
}

// -- fatigue and patience (fatigue)

function liveReservations(facts, { reserved }, now) {
  const seen = new Set(facts.exposures.map((exposure) => exposure.decision));
  return reserved.filter((promise) => promise.expires_at > now && !seen.has(promise.decision));
}

function fatigueCap({ fatigue, tables }, facts, live, now) {
  const most = (told) => Math.min(told, tables.limits.max_per_30_days);
  const caps = [
    fullWindow(facts, live, DAY, most(fatigue.per_day), now),
    fullWindow(facts, live, 30 * DAY, most(fatigue.per_30_days), now),
  ].filter(Boolean);
  if (!caps.length) return null;
  const ends = caps.map((cap) => cap.until);
  return { until: ends.includes(null) ? null : Math.max(...ends) };
}

function fullWindow({ exposures }, live, length, allowed, now) {
  if (allowed <= 0) return { until: null };
  const frees = [
    ...exposures.filter((exposure) => exposure.at > now - length).map((exposure) => exposure.at + length),
    ...live.map((promise) => promise.expires_at),
  ].sort((a, b) => a - b);
  return frees.length < allowed ? null : { until: frees[frees.length - allowed] };
}

function patience({ rules, facts, live, now }) {
  const declines = facts.soft_asks_declined + facts.soft_asks_dismissed;
  const missed = unfulfilled(facts);
  const ends = live.filter((promise) => promise.kind === "soft_ask").map((promise) => promise.expires_at);
  for (const { kind, outcome, at } of facts.exposures)
    if (kind === "soft_ask" && outcome === "shown" && at + rules.answer_ttl_ms > now) ends.push(at + rules.answer_ttl_ms);
  return {
    declines,
    noes: declines + missed,
    last_no_at: declines + missed > 0 ? lastNoAt(facts, missed > 0) : 0,
    open_until: ends.length ? Math.max(...ends) : null,
  };
}

function waitUntil({ backoff_days }, { noes, last_no_at }) {
  if (noes <= 0) return 0;
  return last_no_at + backoff_days[Math.min(noes, backoff_days.length) - 1] * DAY;
}

/** Accepted soft asks after which the system's dialog did not end in a yes. */
function unfulfilled(facts) {
  const granted = Math.max(facts.answers - facts.refusals, 0) || (facts.first_authorized_at != null ? 1 : 0);
  return Math.max(facts.soft_asks_accepted - granted, 0);
}

function lastNoAt(facts, missed) {
  const isNo = (outcome) => outcome === "declined" || outcome === "dismissed" || (missed && outcome === "accepted");
  const times = facts.exposures.filter((seen) => seen.kind === "soft_ask" && isNo(seen.outcome)).map((seen) => seen.at);
  for (const [key, seen] of Object.entries(facts.campaigns)) if (key.startsWith("s")) times.push(seen.last_declined_at);
  if (missed) times.push(facts.first_accept_at, facts.last_dismissed_at);
  if (missed && facts.cause === "refused_once") times.push(facts.status_at);
  const known = times.filter((at) => at != null);
  if (known.length) return Math.max(...known);
  // A no whose time is forgotten came before the oldest interruption that is still remembered.
  return facts.exposures[0]?.at ?? facts.first_soft_ask_at ?? 0;
}

// -- from an event to its moment (moments, catalogue)

/** The moment that an event asks about: the first one it reaches that has something published on it. */
export function momentOf(rules, event, properties) {
  const reached = momentsReached(rules, event, properties);
  return reached.find((key) => own(rules.soft_asks, key) || own(rules.redirects, key)) ?? reached[0] ?? event;
}

/** Keys of the moments that an event reaches, in the order of the server. */
export function momentsReached({ matching }, event, properties) {
  const told = own(matching, event) ?? [];
  return told.filter(([, conditions]) => conditions.every((one) => meets(one, properties))).map(([key]) => key);
}

function meets({ property, op, value }, properties) {
  const found = own(properties, property);
  if (found === undefined) return op === "exists" && value === false;
  return own(TESTS, op)?.(found, value) ?? false;
}

const same = (found, wanted) => found === wanted; // what is wanted is a text, a number or yes/no
const isNumber = (found) => typeof found === "number";
const TESTS = {
  eq: same,
  ne: (found, wanted) => typeof found === typeof wanted && found !== wanted,
  gt: (found, wanted) => isNumber(found) && found > wanted,
  gte: (found, wanted) => isNumber(found) && found >= wanted,
  lt: (found, wanted) => isNumber(found) && found < wanted,
  lte: (found, wanted) => isNumber(found) && found <= wanted,
  in: (found, wanted) => wanted.some((choice) => same(found, choice)),
  contains: (found, wanted) =>
    typeof found === "string" ? found.includes(wanted) : Array.isArray(found) && found.some((one) => same(one, wanted)),
  exists: (found, wanted) => wanted === true,
};

// -- the words (copy)

/** The text with every placeholder replaced, or neatly removed. */
export function fill(text, properties) {
  if (!/[{}]/.test(text)) return text;
  let gaps = false;
  let filled = text.replace(/\{\{ *([A-Za-z0-9_]{1,60}) *\}\}/g, (_, name) => {
    const value = readable(own(properties, name));
    gaps ||= !value;
    return value;
  });
  if (/[{}]/.test(filled)) {
    filled = filled.replace(/[{}]+/g, "");
    gaps = true;
  }
  return gaps ? closeGaps(filled) : filled;
}

const LONGEST_VALUE = 60;

function readable(value) {
  if (isNumber(value) && Math.abs(value) < 1e15) return Number.isInteger(value) ? String(value) : tenDigits(value);
  if (typeof value !== "string") return "";
  const bare = cut(value, LONGEST_VALUE * 4).replace(/[{}<>\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "");
  const plain = words(bare).join(" ").replace(/(?! )[\p{C}\p{Z}]/gu, "");
  const short = cut(plain, LONGEST_VALUE - 1);
  return cut(plain, LONGEST_VALUE) === plain ? plain : `${short.replace(/ +$/, "")}…`;
}

/** A fraction as Python's %.10g writes it: ten digits, halves to the even one. */
function tenDigits(value) {
  const exact = value.toExponential(30);
  const half = /\.\d{8}[02468]50*e/.test(exact);
  const told = half ? Number(exact.replace(/50*e/, "e")) : value;
  const [mantissa, power] = told.toExponential(9).split("e");
  const bare = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < 10) return bare(told.toFixed(9 - power));
  return `${bare(mantissa)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

const closeGaps = (text) =>
  strip(
    text
      .replace(/\( *\)|\[ *\]|“ *”|" *"|‘ *’/g, "")
      .replace(/ {2,}/g, " ")
      .replace(/ +([,.;:!?…)])/g, "$1")
      .replace(/[,;:]+ *(?=[.!?…])/g, "")
  );

// -- what a client does with a decision (services/decide)

/** The standing after a decision: its reservation and its new arms. `id`: the decision's uuid. */
export function keep({ rules, standing, decision, id, now }) {
  const { reserves, assignment, gate_arms, campaign } = decision;
  const reserved = standing.reserved.filter((promise) => promise.expires_at > now);
  if (reserves)
    reserved.push({ decision: id, kind: reserves, campaign, at: now, expires_at: now + rules.answer_ttl_ms });
  const drawn = Object.fromEntries(assignment ? [assignment, ...gate_arms] : gate_arms);
  return { reserved, assigned: { ...standing.assigned, ...drawn } };
}

/** The decision in the terms in which the server answers: words filled, times written out, its id. */
export function answer({ rules, decision, id, properties, now }) {
  const { action, reason, moment, campaign, campaign_id, revision, variant, copy, settings, budget } = decision;
  const iso = (at) => new Date(at).toISOString();
  const decision_id = `${id}.${campaign ? campaign[0] : "n"}${campaign_id}.${revision}.${variant}.${moment}`;
  const told = { decision_id, action, reason, moment };
  if (action === "none") {
    if (decision.retry_after !== null) told.retry_after = iso(decision.retry_after);
    return told;
  }
  told.variant = variant;
  told.campaign = { kind: decision.reserves, id: campaign_id, revision };
  told.copy = mapped(copy, (text) => fill(text, properties));
  if (settings) told.settings = wayTold(settings);
  told.prompt = { left: budget.prompts_left, last: budget.last_one };
  told.expires_at = iso(now + rules.answer_ttl_ms);
  return told;
}

const wayTold = ({ kind, link, browser, steps }) => ({
  kind,
  ...(Object.keys(link).length && { link }),
  ...(browser && { browser }),
  steps,
});

if (typeof window === "object")
  window.OneAskRules = { compile, decide, fold, keep, answer, momentOf, momentsReached, fill, bucket };
