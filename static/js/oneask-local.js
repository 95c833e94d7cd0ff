/* Decisions on the device: gets the signed rules of the app, checks and keeps them, decides by them, and tells the
   server what was decided. oneask.js loads this file when it is given `data-bundle-key`. Whatever is in doubt is left to
   the server: a signature that does not verify, a format from the future, rules that are too old.
   Guide: docs/javascript-client.md, "Decisions on the device". */

import { answer, compile, decide, EMPTY_STANDING, fold, keep, momentOf, momentsReached } from "./oneask-rules.js";

const FORMAT = 1;
const PATIENCE = 1500; // ms that a person waits for word from the server before something is shown
const LATER = 6e4; // ms until the server is asked again after it did not answer
const MOST_NEWS = 500; // events that oneask.js keeps until they are read
const MOST_WAITING = 200;

/** Start to decide here. `client`: what oneask.js lends. A promise of what gives, for an event and its properties, a
 *  promise of the decision, or of null when the server has to decide; a promise of null when it always has to.
 */
export async function start(client) {
  const { opts, state, read, write, post, warn } = client;
  const leaveToServer = (...why) => {
    write("state", { ...state(), whole: false }); // from now on the story has gaps here
    write("news", []);
    warn("the server decides:", ...why);
    return null;
  };
  // A story is whole when every event since the first was told on a page with a bundle key.
  if (!state().whole) return leaveToServer("this browser was here before decisions on the device");
  const keys = await importKeys(opts.bundleKey).catch(({ message }) => leaveToServer("no signature can be checked,", message));
  if (!keys) return null;
  const warned = new Set();
  let rules = null; // compiled from the copy that is kept
  let asking = null; // the request for a newer copy, while it runs
  let reporting = null;
  let notBefore = 0; // as long as the server asked to be left alone
  let retryAt = 0;
  let lost = false; // the browser does not keep what it is told to keep
  let timer;

  const warnOnce = (text) => warned.has(text) || (warned.add(text), warn(text));

  // -- the copy of the rules

  /** Open the copy that is kept, if it is another one than before: another tab may have got it. */
  async function adopt() {
    const kept = read("rules");
    if (!kept || kept.envelope.signature === rules?.signature) return;
    rules = await open(kept.envelope, kept.etag).catch(() => null);
  }

  /** The rules in a signed envelope. Throws with a sentence when they must not be used. */
  async function open({ payload, signature }, etag) {
    const [bytes, signed] = [new TextEncoder().encode(payload), fromBase64(signature)];
    const checks = await Promise.all(keys.map((key) => crypto.subtle.verify("Ed25519", key, signed, bytes)));
    if (!checks.some(Boolean)) throw new Error("the rules are not signed with data-bundle-key");
    const told = JSON.parse(payload);
    if (told.format !== FORMAT) throw new Error(`the rules have format ${told.format}, which is newer than this script`);
    return { ...compile(told), version: told.version, ttl: told.ttl_seconds * 1e3, signature, etag };
  }

  /** Whether the server confirmed this copy less than its time to live ago. */
  function usable() {
    const age = Date.now() - (read("rules")?.at ?? 0);
    return rules !== null && age >= 0 && age < rules.ttl;
  }

  /** Ask the server for word: "fresh" when it answered, "away" when nobody did, "refused" when it must not be used. */
  const refresh = () =>
    (asking ||= ask()
      .catch((error) => {
        warnOnce(`the server decides: ${error.message}`);
        return "refused";
      })
      .then((word) => {
        asking = null;
        retryAt = Date.now() + LATER * (0.5 + Math.random() / 2);
        plan();
        return word;
      }));

  async function ask() {
    if (Date.now() < notBefore) return "away";
    await adopt();
    const at = Date.now();
    const headers = { Authorization: `Bearer ${opts.key}`, ...(rules?.etag && { "If-None-Match": rules.etag }) };
    const options = { headers, credentials: "omit", signal: AbortSignal.timeout(2e4) };
    const response = await fetch(`${opts.host}/api/v1/bundle`, options).catch(() => null);
    const status = response?.status ?? 0;
    if (!status || status === 408 || status === 429 || status >= 500) {
      notBefore = Date.now() + 1e3 * (Number(response?.headers.get("Retry-After")) || 0);
      return "away";
    }
    if (status === 304) write("rules", { ...read("rules"), at });
    else if (!response.ok) throw new Error(`no rules: status ${status}`);
    else {
      const envelope = await response.json().catch(() => null);
      if (!envelope) return "away"; // cut off on its way
      const etag = response.headers.get("ETag");
      const found = await open(envelope, etag);
      // Never back to an older version: ours stays, and its age goes on counting.
      if (found.version < (read("rules")?.version ?? 0)) return "away";
      rules = found;
      write("rules", { envelope, etag, at, version: found.version });
    }
    return "fresh";
  }

  /** Word from the server, or "away" once the person has waited long enough. */
  const hear = () => Promise.race([refresh(), new Promise((done) => setTimeout(done, PATIENCE, "away"))]);

  /** Poll when the copy is as old as it may get; a page that nobody sees waits until somebody does. */
  function plan() {
    clearTimeout(timer);
    if (document.hidden) return;
    const due = usable() ? read("rules").at + rules.ttl : retryAt;
    timer = setTimeout(poll, Math.max(due, notBefore) - Date.now());
  }

  async function poll() {
    await adopt();
    if (usable()) plan();
    else await refresh();
    if (rules) factsNow();
    report();
  }

  // -- what is known of this device

  /** The entry of a slot that belongs to this device; a new one when another device was here. */
  function mine(slot, empty) {
    const { device } = state();
    const kept = read(slot);
    return kept?.device === device ? kept : { device, ...empty };
  }

  function store(slot, value) {
    write(slot, value);
    if (JSON.stringify(read(slot)) === JSON.stringify(value)) return;
    lost = true;
    warnOnce("the server decides: this browser does not keep what happened");
  }

  /** The facts of this device, with what has happened since they were written. */
  function factsNow() {
    const { device, facts } = mine("facts", { facts: {} });
    const news = read("news") ?? [];
    if (!news.length) return facts;
    if (news.length >= MOST_NEWS) {
      lost = true;
      leaveToServer("some of what happened was forgotten");
    }
    const events = news.filter((event) => event.device_id === device).map((event) => ({
      ...event,
      at: Date.parse(event.occurred_at),
      moments: momentsReached(rules, event.name, event.properties),
    }));
    const told = fold(facts, events, rules.tables);
    store("facts", { device, facts: told });
    write("news", []);
    return told;
  }

  // -- the decision

  async function decideHere(event, properties) {
    const told = asJson(properties);
    await adopt();
    let word = usable() ? null : await hear();
    while (word !== "refused" && usable() && !lost) {
      const { decision } = think(event, told);
      // What shows nothing and draws nothing needs no word. What does, must be allowed now.
      if (word || !binds(decision)) return navigator.locks.request(`oneask.${opts.key}`, () => settle(event, told));
      word = await hear();
    }
    if (word === "away") warnOnce("the server decides: the rules are too old and no newer ones came");
    return null;
  }

  function think(event, properties) {
    const { device, ...standing } = mine("standing", EMPTY_STANDING);
    const at = { rules, facts: factsNow(), standing, deviceKey: device, now: Date.now() };
    return { ...at, decision: decide({ ...at, moment: momentOf(rules, event, properties) }) };
  }

  const binds = ({ reserves, assignment, gate_arms }) => reserves || assignment || gate_arms.length > 0;

  /** Decide once more, now that no other tab can, and keep what was promised. */
  function settle(event, properties) {
    const { decision, deviceKey, standing, now } = think(event, properties);
    const id = crypto.randomUUID();
    if (binds(decision)) store("standing", { device: deviceKey, ...keep({ rules, standing, decision, id, now }) });
    if (lost) return null;
    const said = { ...answer({ rules, decision, id, properties, now }), rules_version: rules.version };
    if (binds(decision) || decision.reason === "holdout") tell(decision, said, now);
    return said;
  }

  // -- telling the server

  function tell({ action, reason, campaign, revision, variant, gate_arms }, { decision_id }, now) {
    const { device } = state();
    const arms = Object.fromEntries(gate_arms.map(([trial, { arm }]) => [trial, arm]));
    const at = new Date(now).toISOString();
    const made = { decision_id, device_id: device, at, action, reason, campaign, revision, variant, gate_arms: arms };
    write("made", [...(read("made") ?? []), made].slice(-MOST_WAITING));
    report();
  }

  /** Sends what waits. What cannot be sent now goes with the next decision or poll, or when the network is back. */
  const report = () => (reporting ||= send().catch(warn).finally(() => (reporting = null)));

  async function send() {
    for (let some; (some = (read("made") ?? []).slice(0, 50)).length; ) {
      const response = await post("/api/v1/decisions/made", { sent_at: new Date(), decisions: some }).catch(() => null);
      const status = response?.status ?? 0;
      if (!status || status === 408 || status === 429 || status >= 500) return;
      const sent = new Set(some.map((made) => made.decision_id));
      write("made", read("made").filter((made) => !sent.has(made.decision_id)));
      if (!response.ok) warn(`${sent.size} decisions refused with status ${status}`);
      const told = await response.json().catch(() => null);
      told?.rejected?.forEach((bad) => warn(`decision not taken: ${bad.code}, ${bad.detail}`));
    }
  }

  // -- start

  await adopt();
  document.addEventListener("visibilitychange", plan);
  window.addEventListener("online", poll);
  poll().catch(warn);

  return (event, properties) =>
    decideHere(event, properties).catch((error) => {
      warn(error);
      return null;
    });
}

/** As the server would get it. */
const asJson = (value) => JSON.parse(JSON.stringify(value));
const fromBase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** The public keys, separated by blanks: while a key is replaced there are two. */
function importKeys(text) {
  const made = text.trim().split(/\s+/).map((key) => crypto.subtle.importKey("raw", fromBase64(key), "Ed25519", false, ["verify"]));
  return Promise.all(made);
}
