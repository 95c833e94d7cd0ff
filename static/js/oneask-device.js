/* What a device is and has been through: its platform's rules, its facts, and how events become facts.
   A port of permissions_app/domain (platforms, settings_paths, fold, permission_facts, facets) as pure functions: no
   clock, no randomness, no page. All numbers and names stand in `tables`, which the server takes from its own rules
   (campaigns/domain/portable.py). Facts have the names and defaults of permissions_app/domain/device.py; times are
   milliseconds since 1970 UTC. Guide: docs/javascript-client.md */

export const DAY = 864e5;

/** The value of a key that a table itself holds: never something that objects inherit. */
export const own = (table, key) => (table && key != null && Object.hasOwn(table, key) ? table[key] : undefined);

// What the server takes for a blank. JavaScript's own idea of one is a little different.
const BLANK = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const BLANKS = new RegExp(`${BLANK}+`);
const ENDS = new RegExp(`^${BLANK}+|${BLANK}+$`, "g");
export const strip = (text) => text.replace(ENDS, "");
export const words = (text) => text.split(BLANKS).filter(Boolean);
/** The first characters of a text, counted as the server does: a character outside the basic plane is one. */
export const cut = (text, length) => (text.length > length ? [...text].slice(0, length).join("") : text);
const count = (text) => [...text].length;

// -- how clients spell things (platform_names)

function short(text, { limits }) {
  if (typeof text !== "string") return null;
  const told = strip(cut(text, limits.name + 1)).toLowerCase();
  return told && count(told) <= limits.name ? told : null;
}

const splitWords = (text) => new Set(text.split(/[^a-z0-9]+/));
const meets = (list, found) => list.some((word) => found.has(word));

function version(text, tables) {
  const found = /([0-9]{1,3})(?:\.([0-9]{1,3}))?(l?)(?![0-9])/.exec(short(text, tables) ?? "");
  return found && { major: +found[1], minor: +(found[2] ?? 0), late: found[3] !== "" };
}

function androidLevel({ api_level, os_version }, tables) {
  if (Number.isInteger(api_level) && api_level >= 1 && api_level <= 199) return api_level;
  const found = version(os_version, tables);
  if (!found) return null;
  const { major, minor, late } = found;
  if (major >= 21 && major <= 99) return major; // no release has such a number: it is the level itself
  if (major >= 13 && major < 21) return major + 20;
  if (major === 12 && (late || minor >= 1)) return 32;
  const level = (part) => tables.names.android.find((row) => row[0] === major && row[1] === part)?.[2];
  return level(minor) ?? level(0) ?? null;
}

const platformName = (facts, tables) => own(tables.names.platforms, short(facts.platform, tables)) ?? null;

function browserName({ browser }, tables) {
  const text = short(browser, tables);
  if (text === null) return null;
  const said = splitWords(text);
  if (meets(tables.names.ios_words, said) || (said.has("mobile") && said.has("safari"))) return "ios_safari";
  const found = tables.names.browsers.find(([part]) => text.includes(part));
  return found ? found[1] : text.includes("safari") ? "safari" : null;
}

function formFactor({ browser, os_version }, tables) {
  const said = splitWords(`${short(browser, tables) ?? ""} ${short(os_version, tables) ?? ""}`);
  if (meets(tables.names.mobile_words, said)) return "mobile";
  return meets(tables.names.desktop_words, said) ? "desktop" : null;
}

// -- what the platform allows (platforms)

/** The row of the platform table that applies to a device, null when its platform is unknown. */
export function platformRules(facts, tables) {
  const name = platformName(facts, tables);
  if (name === null) return null;
  if (name === "android") return tables.platforms[androidKey(facts, tables)];
  if (name === "web") return tables.platforms[webKey(facts, tables)];
  return tables.platforms[name === "ios" && facts.standalone === true ? "ios_web" : name];
}

function androidKey(facts, tables) {
  const level = androidLevel(facts, tables);
  if (level === null) return "android_unknown";
  if (level < 33) return "android_12";
  const target = facts.target_sdk;
  return Number.isInteger(target) && target >= 1 && target <= 32 ? "android_13_old_target" : "android_13";
}

function webKey(facts, tables) {
  const browser = browserName(facts, tables);
  if (browser === "ios_safari") return facts.standalone === false ? "ios_browser_tab" : "ios_web";
  if (browser === "safari") return facts.standalone === true ? "ios_web" : "web_safari";
  if (browser === "firefox") return "web_firefox";
  return tables.names.chromium.includes(browser) ? "web_chromium" : "web_other";
}

const closed = (left) => ({ prompts_left: left, can_prompt: false, last_one: false, embargoed_until: null });
const open = (left) => ({ prompts_left: left, can_prompt: left > 0, last_one: left === 1, embargoed_until: null });

/** How often the system's dialog may still show. `facts`: the counts of answers; `status`, `cause`: as assumed. */
export function promptBudget(rules, status, cause, facts) {
  if (!rules) return closed(null);
  if (status === "unsupported" || rules.prompts === 0 || status === "authorized") return closed(0);
  const ledger = { last_dismissed_at: facts.last_dismissed_at };
  for (const name of ["answers", "refusals", "dismissals", "ignores"]) ledger[name] = Math.max(0, facts[name]);
  if (status === "not_determined" || status === "provisional" || status === "ephemeral")
    return undecided(rules, status, ledger);
  return status === "denied" ? deniedBudget(rules, cause, ledger) : closed(null);
}

function embargo(rules, { last_dismissed_at: at }) {
  const until = at != null && rules.embargo_days ? at + rules.embargo_days * DAY : null;
  return { prompts_left: 1, can_prompt: false, last_one: true, embargoed_until: until };
}

const embargoReached = (rules, { dismissals, ignores }) =>
  dismissals >= (rules.embargo_dismissals ?? Infinity) || ignores >= (rules.embargo_ignores ?? Infinity);

function undecided(rules, status, ledger) {
  if (ledger.last_dismissed_at != null && embargoReached(rules, ledger)) return embargo(rules, ledger);
  if (status === "provisional") return open(1);
  if (status === "ephemeral") return open(Math.max(0, 1 - ledger.answers));
  return open(rules.budget_counts === "refusals" ? Math.max(0, rules.prompts - ledger.refusals) : rules.prompts);
}

function deniedBudget(rules, cause, ledger) {
  if (cause === "turned_off" || cause === "refused") return closed(0);
  if (rules.embargo_days) {
    const inferred = cause == null && ledger.refusals === 0 && embargoReached(rules, ledger);
    if (cause === "embargoed" || inferred) return embargo(rules, ledger);
  }
  if (rules.budget_counts !== "refusals") return closed(0);
  const left = Math.max(0, rules.prompts - ledger.refusals);
  if (cause === "auto_reset") return open(Math.max(1, left));
  if (cause === "refused_once") return open(Math.min(left, rules.prompts - 1));
  if (ledger.refusals > 0 && ledger.refusals >= ledger.answers) return open(left);
  if (ledger.answers > 0) return closed(0);
  return ledger.dismissals > 0 ? open(left) : closed(null);
}

// -- the way to the switch (settings_paths)

/** How a person reaches the switch for notifications on this device. `form`: desktop, mobile, or null. */
export function settingsPath(facts, tables, form = formFactor(facts, tables)) {
  const { settings } = tables;
  const name = platformName(facts, tables);
  const way = (kind, platform, link, steps, browser = null) => ({ kind, platform, link, steps, browser });
  const iosWeb = (home) => way("instructions", "ios_web", {}, home ? settings.ios_web : settings.ios_tab, "ios_safari");
  if ((name === "ios" || name === "app_clip") && facts.standalone !== true) {
    const found = version(facts.os_version, tables);
    const { major, minor } = found ?? { major: 0, minor: 0 };
    const row = settings.ios.find((row) => major > row[0] || (major === row[0] && minor >= row[1]));
    return way("link", "ios", row[2], found ? row[3] : settings.ios_unknown);
  }
  if (name === "android") {
    const level = androidLevel(facts, tables) ?? 0;
    const row = settings.android.find((row) => level >= row[0]);
    return way("intent", "android", row[1], row[2]);
  }
  if (name === "ios") return iosWeb(true);
  const browser = browserName(facts, tables);
  const onPhone = browser === "safari" && (facts.standalone === true || form === "mobile");
  if (form !== "desktop" && (browser === "ios_safari" || onPhone)) return iosWeb(facts.standalone !== false);
  const known = own(settings.web, browser ?? "") ?? {};
  const wanted = form === "mobile" ? "mobile" : "desktop";
  const other = browser === "samsung" ? "mobile" : "desktop";
  return way("instructions", "web", {}, known[wanted] ?? known[other] ?? settings.web[""][wanted], browser);
}

// -- facts (device, fold, happenings)

/** The facts with everything that is left out of them. */
export const withDefaults = (facts, { defaults }) => ({
  ...defaults.facts,
  ...facts,
  exposures: (facts.exposures ?? []).map((exposure) => ({ ...defaults.exposure, ...exposure })),
});

/** The facts after events, given in the order in which they happened. `facts` stays as it was.
 *
 * An event has `type`, `at` (ms), the keys of the `moments` it reached, and the fields that clients send.
 */
export function fold(facts, events, tables) {
  const draft = structuredClone(withDefaults(facts, tables));
  for (const event of events) apply(draft, event, tables);
  return draft;
}

// What any event may say of its device; the latest word counts.
const LATEST =
  "platform os_version api_level target_sdk app_version locale country browser standalone".split(" ");

function apply(facts, event, tables) {
  for (const name of LATEST) if (event[name] != null) facts[name] = event[name];
  facts.sessions = Math.max(facts.sessions, event.session_index ?? 0);
  facts.screens = Math.max(facts.screens, event.screen_index ?? 0);
  const unused = facts.last_seen_at == null ? 0 : event.at - facts.last_seen_at;
  facts.first_seen_at ??= event.at;
  facts.last_seen_at = event.at;
  const ref = parseDecisionId(event.decision_id);
  own(HAPPENINGS, event.type)?.(facts, event, ref, tables);
  if (event.permission) readPermission(facts, event, unused, tables);
}

const DECISION_ID =
  /^([0-9a-f-]{36})\.([srn])([0-9]{1,18})\.([0-9]{1,9})\.([A-Za-z0-9_-]{0,40})\.([A-Za-z0-9_-]{0,64})$/;

/** What a decision id says by itself: the decision, and its campaign, revision, words and moment. */
export function parseDecisionId(text) {
  const found = DECISION_ID.exec(text ?? "");
  if (!found) return null;
  const [, id, kind, campaign, revision, variant, moment] = found;
  return { id, campaign: kind + BigInt(campaign), arm: `${+revision}.${variant}`, moment };
}

function firstAsk(facts, at, ref) {
  facts.first_ask ??= { at, moment: ref?.moment ?? "", app_version: facts.app_version ?? "" };
}

function firstPrompt(facts, at, ref) {
  if (facts.first_prompt_at != null) return;
  facts.first_prompt_at = at;
  firstAsk(facts, at, ref);
}

const shown = (kind) => (facts, { at }, ref, { defaults, limits }) => {
  const exposure = { kind, at, decision: ref?.id, campaign: ref?.campaign, moment: ref?.moment };
  for (const name of Object.keys(exposure)) exposure[name] ??= ""; // no decision was named
  facts.exposures = [...facts.exposures, { ...defaults.exposure, ...exposure }].slice(-limits.exposures);
  facts[`${kind}s_shown`] += 1;
  if (kind === "soft_ask") {
    firstAsk(facts, at, ref);
    facts.first_soft_ask_at ??= at;
  }
  const seen = campaignOf(facts, ref, defaults, limits);
  if (!seen) return;
  seen.shown += 1;
  seen.first_shown_at ??= at;
  seen.last_shown_at = at;
  const arm = armOf(seen, ref, limits);
  if (arm) arm.first_shown_at ??= at;
};

const answered = (kind, outcome) => (facts, { at }, ref, { defaults, limits }) => {
  facts[`${kind}s_${outcome}`] += 1;
  if (outcome === "accepted") facts.first_accept_at ??= at;
  const mine = (exposure) => exposure.kind === kind && (!ref || exposure.decision === ref.id);
  const exposure = facts.exposures.findLast(mine);
  if (exposure) exposure.outcome = outcome;
  const seen = campaignOf(facts, ref, defaults, limits);
  if (!seen) return;
  if (outcome === "accepted" || outcome === "tapped") return void armOf(seen, ref, limits);
  seen.declined += 1;
  seen.last_declined_at = at;
};

function campaignOf(facts, ref, defaults, limits) {
  const known = ref && own(facts.campaigns, ref.campaign);
  if (!ref || known || Object.keys(facts.campaigns).length >= limits.campaigns) return known;
  return (facts.campaigns[ref.campaign] = structuredClone(defaults.campaign_facts));
}

function armOf(seen, ref, limits) {
  if (own(seen.arms, ref.arm) || Object.keys(seen.arms).length >= limits.arms) return own(seen.arms, ref.arm);
  return (seen.arms[ref.arm] = {});
}

const HAPPENINGS = {
  session_started(facts, event) {
    if (event.session_index == null) facts.sessions += 1;
    facts.removed_at = null;
  },
  moment_reached(facts, { at, moments = [] }, ref, { limits }) {
    for (const key of moments) {
      const known = own(facts.moments, key);
      if (known) {
        const earlier = [known.last_at, ...(known.earlier ?? [])].slice(0, limits.times - 1);
        facts.moments[key] = { ...known, count: known.count + 1, last_at: at, earlier };
      } else if (Object.keys(facts.moments).length < limits.moments) {
        facts.moments[key] = { count: 1, first_at: at, last_at: at, earlier: [] };
      }
      facts.first_moment_at ??= at;
    }
  },
  soft_ask_shown: shown("soft_ask"),
  soft_ask_accepted: answered("soft_ask", "accepted"),
  soft_ask_declined: answered("soft_ask", "declined"),
  soft_ask_dismissed: answered("soft_ask", "dismissed"),
  native_prompt_shown(facts, { at }, ref) {
    facts.ask_count += 1;
    firstPrompt(facts, at, ref);
  },
  native_prompt_answered(facts, event, ref, tables) {
    const { outcome, at, permission } = event;
    firstPrompt(facts, at, ref);
    if (outcome === "granted" || outcome === "denied") {
      facts.answers += 1;
      facts.ask_count = Math.max(facts.ask_count, facts.answers);
      facts.first_answered_at ??= at;
    }
    if (outcome === "denied") {
      facts.refusals += 1;
      facts.refused_moment = (ref ?? facts.exposures.at(-1))?.moment ?? "";
      if (facts.status === "denied") facts.cause = null; // a fresh refusal: the reading says anew which kind it is
      if (!permission) setStatus(facts, "denied", freshRefusal(facts, tables), at, tables);
    } else if (outcome === "granted") {
      if (!permission) setStatus(facts, "authorized", null, at, tables);
    } else if (outcome === "dismissed" || outcome === "ignored") {
      facts[outcome === "dismissed" ? "dismissals" : "ignores"] += 1;
      facts.last_dismissed_at = at;
    }
  },
  redirect_shown: shown("redirect"),
  redirect_tapped: answered("redirect", "tapped"),
  redirect_dismissed: answered("redirect", "dismissed"),
  settings_opened(facts, { at }) {
    facts.settings_opened_at = at;
  },
  never_ask(facts, { at }) {
    facts.never_ask_at ??= at;
  },
  app_removed(facts, { at }) {
    facts.removed_at ??= at;
  },
};

// -- what the system says (states, history, permission_facts)

const isFinal = (cause) => cause === "refused" || cause === "turned_off";

/** Takes the reading that an event carries. Only what browsers say is read here: nothing else speaks on a page. */
function readPermission(facts, { permission, at }, unused, tables) {
  const reading = permission.library === "web" ? own(tables.web_readings, permission.value) : undefined;
  if (!reading) return;
  const { status, cause } = withHistory(facts, reading, unused, tables);
  setStatus(facts, status, cause, at, tables);
}

function withHistory(facts, reading, unused, tables) {
  if (facts.platform !== "android") return reading;
  const off = reading.status === "denied" || reading.status === "not_determined";
  const forgotten = unused >= tables.limits.unused_ms && facts.status === "authorized";
  const takenBack = forgotten && platformRules(facts, tables)?.auto_reset === true;
  if (off && (facts.cause === "auto_reset" || takenBack)) return { status: "denied", cause: "auto_reset" };
  const wasOn = facts.status === "authorized" || facts.cause === "turned_off";
  return reading.status === "not_determined" && wasOn ? { status: "denied", cause: "turned_off" } : reading;
}

function freshRefusal(facts, tables) {
  const rules = platformRules(facts, tables);
  if (rules?.budget_counts !== "refusals") return null;
  return facts.refusals < rules.prompts ? "refused_once" : "refused";
}

function setStatus(facts, status, told, at, tables) {
  const { status: before, cause: causeBefore } = facts;
  if (status === "denied") {
    const budget = promptBudget(platformRules(facts, tables), "denied", told, facts);
    facts.cause = denialCause(facts, told, budget);
    facts.embargoed_until = facts.cause === "embargoed" ? budget.embargoed_until : null;
    if (isFinal(facts.cause)) facts.denial ??= { at, cause: facts.cause };
  } else {
    facts.cause = facts.embargoed_until = null;
    if (status === "authorized") {
      facts.first_authorized_at ??= at;
      if (before === "denied" && isFinal(causeBefore)) recover(facts, at, tables);
    }
  }
  facts.status = status;
  if (status !== before || facts.cause !== (causeBefore ?? null)) facts.status_at = at;
}

function denialCause(facts, told, budget) {
  const { status, cause = null, refusals } = facts;
  if (status === "denied" && cause && (told === null || told === "refused_once" || told === cause)) return cause;
  if (status === "denied" && isFinal(cause) && told === "refused") return cause;
  if (told === "turned_off" || told === "auto_reset" || told === "embargoed") return told;
  if (status === "authorized") return "turned_off";
  if ((status === "provisional" || status === "ephemeral") && refusals === 0) return "turned_off";
  if (budget.embargoed_until !== null && refusals === 0) return "embargoed";
  if (told === "refused_once" && refusals < 2) return "refused_once";
  if (told === null && facts.platform === "android" && refusals && budget.can_prompt) return "refused_once";
  return "refused";
}

function recover(facts, at, { limits }) {
  if (!facts.denial || facts.recovered_at != null) return;
  facts.recovered_at = at;
  const redirects = facts.exposures.filter((exposure) => exposure.kind === "redirect");
  const within = (ms) => (exposure) => at - exposure.at <= ms;
  const tapped = redirects.filter((exposure) => exposure.outcome === "tapped").some(within(limits.tapped_ms));
  facts.recovery = tapped ? "tapped" : redirects.some(within(limits.seen_ms)) ? "seen" : "organic";
}
