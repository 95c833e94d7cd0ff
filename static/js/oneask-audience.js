/* Whom a campaign is for, in which language it speaks, and who is in a segment: a port of campaigns/domain/audience.py,
   segments.py and permissions_app/domain/facets.py. A segment comes as the document that the server has checked, so
   nothing is checked here; one that cannot be read holds nobody. Days of segments are whole days in UTC, counted from
   1970-01-01. */

import { cut, DAY, own, platformRules, strip } from "./oneask-device.js";

/** Why a campaign does not apply now, and when (ms) time alone will change that, if it will. */
export const refusal = (reason, until = null) => ({ reason, until });

const MISMATCH = refusal("audience_mismatch");

/** Why the campaign is not for this device now, or null. */
export function audienceRefusal(campaign, { facts, now, tables }) {
  const { platforms, languages, countries, app_version_from: from, segment, starts_at, ends_at } = campaign;
  if (platforms.length && !platforms.includes(facts.platform)) return MISMATCH;
  if (languages.length && !(facts.locale != null && fallbacks(facts.locale).some((name) => languages.includes(name))))
    return MISMATCH;
  if (countries.length && !countries.includes(countryOf(facts))) return MISMATCH;
  if (from && !(facts.app_version != null && compare(numbers(facts.app_version), numbers(from)) >= 0)) return MISMATCH;
  if (segment && !inSegment(segment.document ?? {}, facts, now, tables)) return MISMATCH;
  if (starts_at != null && now < starts_at) return refusal("outside_schedule", starts_at);
  return ends_at != null && now >= ends_at ? refusal("outside_schedule") : null;
}

/** The texts of an arm in the device's language; what a translation lacks is filled up from the arm's own. */
export function wordsFor({ copy, translations }, locale) {
  const name = locale && fallbacks(locale).find((name) => own(translations, name));
  if (!name) return copy;
  return { ...copy, ...Object.fromEntries(Object.entries(translations[name]).filter(([, text]) => text)) };
}

const titled = (text) =>
  text.toLowerCase().replace(/\p{Cased}+/gu, (word) => word.replace(/./u, (first) => first.toUpperCase()));

/** Where the words of a locale are looked for: `zh_Hant_TW` gives zh-Hant-TW, zh-Hant, zh. */
function fallbacks(locale) {
  const [language, ...rest] = locale.replaceAll("_", "-").split(".")[0].split("-").slice(0, 4);
  const tidy = rest.map((part) => ([...part].length === 4 ? titled(part) : part.toUpperCase()));
  const whole = [language.toLowerCase(), ...tidy];
  return whole.map((_, index) => whole.slice(0, whole.length - index).join("-"));
}

function countryOf({ country, locale }) {
  if (country) return country.toUpperCase();
  const parts = (locale ?? "").replaceAll("_", "-").split("-").slice(1);
  return parts.find((part) => [...part].length === 2)?.toUpperCase();
}

/** 4.10.2-beta gives [4, 10, 2]: what is no number ends it. */
function numbers(version) {
  const parts = version.split("-")[0].split("+")[0].split(".");
  const end = parts.findIndex((part) => !/^[0-9]{1,11}$/.test(part));
  const found = parts.slice(0, end < 0 ? parts.length : end).map(Number);
  while (found.at(-1) === 0) found.pop();
  return found;
}

function compare(one, other) {
  const at = one.findIndex((number, index) => number !== other[index]);
  if (at < 0 || at >= other.length) return one.length - other.length;
  return one[at] - other[at];
}

// -- segments

/** Whether the facts put the device into the segment at `now` (ms). A device that told nothing is nowhere. */
function inSegment(document, facts, now, tables) {
  if (facts.first_seen_at == null || facts.platform == null) return false;
  try {
    return holds(document, { facts, tables, today: Math.floor(now / DAY) });
  } catch {
    return false;
  }
}

function holds(told, device) {
  if (told.all) return told.all.every((part) => holds(part, device));
  if (told.any) return !told.any.length || told.any.some((part) => holds(part, device));
  if (told.not) return !holds(told.not, device);
  if (told.moment != null) return reached(told, device);
  if (told.fact === "interruptions") return interrupted(told, device);
  const value = own(FACTS, told.fact)(device.facts, device.tables) ?? null;
  if (told.in) return [value].flat().some((one) => told.in.includes(one));
  if (told.fact === "app_version") return between(versionOrder(value), told.at_least, told.below);
  if (typeof value === "number" && (told.at_least != null || told.at_most != null))
    return value >= (told.at_least ?? 0) && value <= (told.at_most ?? Infinity);
  return onDay(dayOf(value, device.tables), told, device.today);
}

function between(order, from, below) {
  if (order === null) return false;
  return (from == null || order >= versionOrder(from)) && (below == null || order < versionOrder(below));
}

function onDay(day, told, today) {
  if (told.ever === false) return day === null;
  if (day === null) return false;
  if (told.ever) return true;
  if (told.ahead) return day >= today;
  if (told.in_last_days != null) return day > today - told.in_last_days;
  if (told.more_than_days_ago != null) return day < today - told.more_than_days_ago;
  const written = (date) => Date.parse(date) / DAY;
  return (told.from == null || day >= written(told.from)) && (told.to == null || day <= written(told.to));
}

function reached({ moment, at_least, in_last_days, since_no }, { facts, tables, today }) {
  const known = own(facts.moments, moment);
  if (!known) return false;
  const wanted = at_least ?? 1;
  const times = [known.last_at, ...(known.earlier ?? [])];
  const no = noAt(facts);
  if (since_no && (no == null || times.filter((at) => at > no).length < wanted)) return false;
  if (in_last_days == null) return since_no || Math.min(known.count, tables.limits.number) >= wanted;
  return (dayOf(times[wanted - 1], tables) ?? -1) > today - in_last_days;
}

function interrupted({ at_least, in_last_days }, { facts, tables, today }) {
  const seen = facts.exposures.at(-at_least);
  return seen !== undefined && dayOf(seen.at, tables) > today - in_last_days;
}

// -- what can be asked of a device

const dayOf = (at, { limits }) => (at == null ? null : Math.min(Math.floor(at / DAY), limits.number));
const group = (text, { limits }) => cut(strip(text ?? ""), limits.value) || "unknown";
const many = (name) => (facts, { limits }) => Math.min(facts[name], limits.number);
const isOff = (facts) => facts.status === "denied";
const localeOf = ({ locale }, tables) => group((locale ?? "").replaceAll("_", "-"), tables);

/** When the person said no: since when it is denied, else the first denial that only Settings could undo. */
const noAt = (facts) => (isOff(facts) && facts.status_at != null ? facts.status_at : facts.denial?.at);

const FACTS = {
  status: (facts) => facts.status,
  cause: (facts) => (isOff(facts) ? facts.cause : null),
  denied: noAt,
  first_denial: (facts) => facts.denial?.at,
  status_since: (facts) => facts.status_at,
  recovered: (facts) => facts.recovered_at,
  recovery: (facts) => facts.recovery,
  off_again: (facts) =>
    isOff(facts) && facts.recovered_at != null && (facts.status_at ?? 0) >= facts.recovered_at ? facts.status_at : null,
  settings_opened: (facts) => facts.settings_opened_at,
  settings_in_vain: (facts) =>
    isOff(facts) && (facts.settings_opened_at ?? 0) > (facts.status_at ?? 0) ? facts.settings_opened_at : null,
  embargoed_until: (facts) => (facts.cause === "embargoed" ? facts.embargoed_until : null),
  place: (facts, tables) => (isEligible(facts, tables) ? place(facts) : null),
  stage: (facts, tables) => (isEligible(facts, tables) ? stages(facts) : null),
  first_asked: (facts) => facts.first_ask?.at,
  asked_moment: (facts) => facts.first_ask && (facts.first_ask.moment ?? ""),
  asked_app: (facts, tables) => facts.first_ask && group(facts.first_ask.app_version, tables),
  moment_since_no: sinceNo,
  soft_asks_shown: many("soft_asks_shown"),
  soft_asks_declined: (facts, { limits }) =>
    Math.min(facts.soft_asks_declined + facts.soft_asks_dismissed, limits.number),
  redirects_shown: many("redirects_shown"),
  redirects_tapped: many("redirects_tapped"),
  saw,
  never: (facts) => facts.never_ask_at,
  platform: (facts) => facts.platform,
  os: (facts, tables) =>
    group(facts.platform === "web" ? facts.browser : (facts.os_version ?? "").split(".")[0], tables),
  app_version: (facts, tables) => group(facts.app_version, tables),
  language: (facts, tables) => localeOf(facts, tables).split("-")[0].toLowerCase(),
  locale: localeOf,
  country: (facts, tables) => group((facts.country ?? "").toUpperCase(), tables),
  sessions: many("sessions"),
  screens: many("screens"),
  first_seen: (facts) => facts.first_seen_at,
  last_seen: (facts) => facts.last_seen_at || facts.first_seen_at,
  removed: (facts) => facts.removed_at,
};

function isEligible(facts, tables) {
  const rules = platformRules(facts, tables);
  return rules !== null && rules.prompts > 0 && facts.status !== "unsupported";
}

function place({ status }) {
  if (status === "authorized" || status === "ephemeral") return "authorized";
  return status === "denied" ? "denied" : "waiting";
}

function stages(facts) {
  const took = {
    reached: facts.first_moment_at != null,
    soft_ask_shown: facts.first_soft_ask_at != null,
    soft_ask_accepted: facts.first_accept_at != null,
    prompted: facts.first_prompt_at != null,
    answered: facts.first_answered_at != null,
    granted: facts.answers > facts.refusals,
  };
  return Object.keys(took).filter((stage) => took[stage]);
}

function sinceNo(facts) {
  const no = noAt(facts);
  const latest = Math.max(0, ...Object.values(facts.moments).map((moment) => moment.last_at));
  return no != null && latest > no ? latest : null;
}

/** Campaigns ("s1") and variants ("s1.2.a") that were shown. */
function saw(facts) {
  const seen = Object.entries(facts.campaigns).filter(([, told]) => told.first_shown_at != null);
  return seen.flatMap(([key, told]) => {
    const arms = Object.entries(told.arms ?? {}).filter(([, arm]) => arm.first_shown_at != null);
    return [key, ...arms.map(([arm]) => `${key}.${arm}`)];
  });
}

/** 4.10.2 as a text that sorts after that of 4.9; null for what does not begin with a number. */
function versionOrder(version) {
  const parts = [];
  for (const part of version.split("-")[0].split("+")[0].split(".").slice(0, 4)) {
    if (!/^[0-9]+$/.test(part)) break;
    parts.push(Math.min(+part.slice(0, 9), 32767));
  }
  if (!parts.length) return null;
  return Array.from({ length: 4 }, (_, place) => String(parts[place] ?? 0).padStart(5, "0")).join("");
}
