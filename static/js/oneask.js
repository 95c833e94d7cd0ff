/* OneAsk for the web. Guide: docs/javascript-client.md */
((window, document) => {
  "use strict";
  if (window.OneAsk) return;

  const IDLE = 18e5; // half an hour without activity ends a session
  const RTL = /^(ar|ckb|dv|fa|he|iw|ps|sd|ug|ur|yi)\b/i;
  const script = document.currentScript;
  const texts = { never: "Don’t ask again", close: "Close", on: "Notifications are on" };
  const listeners = {};
  const memory = {};
  let opts, root, look, region, lastDecision, sending, timer, local;
  let lastAt = 0;
  let failures = 0;
  let notBefore = 0;
  let asking = null; // the browser's question, while it is open
  let visible = null; // our panel, while it is on screen
  let chain = Promise.resolve();

  const warn = (...what) => console.warn("OneAsk:", ...what);
  const listen = (target, name, fn) => target.addEventListener(name, safe(fn));

  // -- storage; memory where localStorage throws

  const slot = (name) => `oneask.${opts.key}.${name}`;

  function read(name) {
    try {
      return JSON.parse(localStorage.getItem(slot(name))) || memory[name];
    } catch {
      return memory[name];
    }
  }

  function write(name, value) {
    memory[name] = value;
    try {
      localStorage.setItem(slot(name), JSON.stringify(value));
    } catch {}
  }

  const state = () => read("state") || {};
  const change = (what) => write("state", { ...state(), ...what });
  const queue = () => read("queue") || [];

  // Version 7 when a time is given (such ids sort like their events), else version 4.
  function uuid(at) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | (at ? 112 : 64);
    bytes[8] = (bytes[8] & 63) | 128;
    for (let i = 5; at && i >= 0; i--, at = Math.floor(at / 256)) bytes[i] = at % 256;
    const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // -- what this browser is, and says

  function permission() {
    try {
      // An insecure page or a foreign frame reads "denied" although nobody refused.
      if (window.isSecureContext && window.top.location.href) return Notification.permission;
    } catch {}
    return "unsupported";
  }

  const raw = () => ({ library: "web", value: permission() });
  const locale = () => opts.locale || document.documentElement.lang || navigator.language;

  function context() {
    const ua = navigator.userAgent;
    const ios = /iP(hone|ad|od)/.test(ua) || (/Macintosh/.test(ua) && navigator.maxTouchPoints > 1);
    const os = /(Android|Windows|Mac OS X|OS)[ NT]+([\d._]+)/.exec(ua);
    const names = { Edg: "Edge", OPR: "Opera", Samsung: "Samsung Internet" };
    const found = /Edg|OPR|Samsung|Firefox/.exec(ua) || /Chrome|Safari/.exec(ua);
    let browser = navigator.brave ? "Brave" : names[found] || `${found}`;
    if (ios) browser = "Mobile Safari";
    else if (/Mobi|Android/.test(ua)) browser += " Mobile";
    return {
      platform: opts.platform || "web",
      browser,
      os_version: os ? `${ios ? "iOS" : os[1]} ${os[2].replace(/_/g, ".")}` : undefined,
      app_version: opts.appVersion,
      locale: locale(),
      standalone: matchMedia("(display-mode: standalone)").matches || navigator.standalone === true,
    };
  }

  // -- events

  function on(name, fn) {
    (listeners[name] ||= new Set()).add(fn);
    return () => listeners[name].delete(fn);
  }

  const emit = (name, detail) => listeners[name]?.forEach((fn) => safe(fn)(detail));

  function push(type, fields) {
    // Never the same millisecond twice: the times order a device's events.
    lastAt = Math.max(Date.now(), lastAt + 1);
    const { device, session, screen, whole } = state();
    const event = {
      id: uuid(lastAt),
      device_id: device,
      type,
      occurred_at: new Date(lastAt).toISOString(),
      session_index: session,
      screen_index: screen,
      permission: raw(),
      ...context(),
      ...fields,
    };
    write("queue", [...queue(), event].slice(-500));
    later(300);
    if (whole) write("news", [...(read("news") || []), event].slice(-500));
    emit(type, event);
    return event;
  }

  function touch() {
    const { session = 0, active = 0, whole } = state();
    const now = Date.now();
    const fresh = now - active > IDLE;
    change({ active: now, session: session + fresh, whole: whole && opts.bundleKey });
    if (fresh) push("session_started");
    check();
  }

  function screen() {
    change({ screen: (state().screen || 0) + 1 });
    touch();
  }

  function check() {
    const { told } = state();
    const value = permission();
    if (asking || document.hidden || value === told) return;
    change({ told: value });
    push("permission_status");
    if (told === "denied" && value === "granted") {
      if (visible?.kind === "redirect") visible.close();
      toast(texts.on).catch(warn);
      emit("recovered", { permission: value });
    }
    flush();
  }

  // -- sending

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(flush, Math.max(ms, notBefore - Date.now()));
  }

  function post(path, what, signal) {
    const body = JSON.stringify(what);
    return fetch(opts.host + path, {
      method: "POST",
      headers: { Authorization: `Bearer ${opts.key}`, "Content-Type": "application/json" },
      body,
      credentials: "omit",
      keepalive: body.length < 3e4, // browsers refuse more than 64 KB of these at once
      signal,
    });
  }

  const flush = () =>
    (sending ||= send()
      .catch(warn)
      .then(() => (sending = null)));

  async function send() {
    while (navigator.onLine) {
      if (Date.now() < notBefore) return later(1);
      const events = queue().slice(0, 50);
      if (!events.length) return;
      while (events.length > 1 && JSON.stringify(events).length > 28e3) events.length >>= 1;
      const response = await post("/api/v1/events", { sent_at: new Date(), events }).catch(() => null);
      const status = response?.status || 0;
      if (!status || status === 408 || status === 429 || status >= 500) {
        const told = response?.headers.get("Retry-After") || 0;
        const wait = told * 1e3 || Date.parse(told) - Date.now() || 0;
        const back = Math.min(6e4, 1e3 * 2 ** failures++) * (0.5 + Math.random() / 2);
        notBefore = Date.now() + Math.max(wait, back);
        return later(1);
      }
      failures = 0;
      const sent = new Set(events.map((event) => event.id));
      write("queue", queue().filter((event) => !sent.has(event.id)));
      if (!response.ok) warn(`${sent.size} events refused with status ${status}`);
      const answer = await response.json().catch(() => null);
      answer?.rejected?.forEach((bad) => warn(`event not taken: ${bad.code}, ${bad.detail}`));
    }
  }

  // -- a value moment

  const none = (reason) => ({ action: "none", reason });
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  function moment(name, properties = {}) {
    touch();
    push("moment_reached", { name, properties });
    // One after the other: two moments at once must not open two panels.
    return (chain = chain.then(() => decide(name, properties)).catch((error) => {
      warn(error);
      return none("client_error");
    }));
  }

  async function decide(name, properties) {
    const { device, session, never } = state();
    if (never) return none("user_said_never");
    if (visible || asking) return none("already_showing");
    if (permission() === "granted") return none("already_authorized");
    const here = await Promise.race([local, pause(3e3)]);
    let decision = await here?.(name, properties);
    let skew = 0;
    if (!decision) {
      await Promise.race([flush(), pause(3e3)]); // the decision must know of this moment
      const response = await post(
        "/api/v1/decisions",
        {
          device_id: device,
          event: name,
          properties,
          context: { ...context(), session_index: session, permission: raw() },
        },
        AbortSignal.timeout(6e3)
      );
      if (!response.ok) throw new Error(`no decision: status ${response.status}`);
      decision = await response.json();
      skew = Date.parse(response.headers.get("Date")) - Date.now() || 0;
    }
    lastDecision = decision;
    emit("decision", decision);
    if (decision.action !== "none") await show(decision, skew);
    return decision;
  }

  // -- showing

  async function show(decision, skew) {
    await dress();
    while (document.hidden)
      await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
    if (new Date(decision.expires_at ?? NaN) <= Date.now() + skew || visible || state().never) return;
    const value = permission();
    if (decision.action === "soft_ask" && value === "default") softAsk(decision);
    if (decision.action === "settings_redirect" && value === "denied") redirect(decision);
  }

  // A stylesheet adopted by a shadow root: a strict style-src has nothing to object to.
  async function dress() {
    look ||= fetch(opts.css, { credentials: "omit" }).then((response) => response.ok && response.text());
    const css = await look.catch(warn);
    if (!css) {
      look = null;
      throw new Error("no stylesheet");
    }
    if (root) return;
    const made = new CSSStyleSheet();
    made.replaceSync(css);
    root = document.body.appendChild(el("div")).attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [made];
    region = el("div", "toast");
    region.setAttribute("role", "status");
    root.append(region);
  }

  function el(tag, name = "", text = "") {
    const node = document.createElement(tag);
    node.className = name;
    node.textContent = text;
    return node;
  }

  function button(name, text, fn) {
    const node = el("button", name, text);
    node.type = "button";
    listen(node, "click", fn);
    return node;
  }

  async function toast(text) {
    await dress();
    await pause(50); // the region must exist before its text, or nobody hears it
    region.textContent = text;
    await pause(6e3);
    region.textContent = "";
  }

  function panel(kind, decision, surface, title, ...parts) {
    const modal = kind === "soft_ask" && surface !== "card";
    const place = !modal && document.querySelector("[data-oneask-slot]");
    const box = el("dialog", `${kind} ${surface}${place ? " inline" : ""}`);
    const back = document.activeElement;
    const me = {
      kind,
      box,
      tell: (what) => push(`${kind}_${what}`, { decision_id: decision.decision_id }),
      close(what) {
        if (visible !== me) return;
        visible = null;
        if (what) me.tell(what);
        const held = root.activeElement;
        box.close();
        box.remove();
        if (held) back?.focus();
        flush();
      },
    };
    box.lang = decision.copy.locale || locale();
    box.dir = RTL.test(box.lang) ? "rtl" : "ltr";
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-modal", modal);
    box.setAttribute("aria-labelledby", (title.id = "title"));
    box.append(title, ...parts);
    listen(box, "cancel", (event) => {
      event.preventDefault();
      me.close("dismissed");
    });
    listen(box, "click", (event) => modal && event.target === box && me.close("dismissed"));
    listen(box, "keydown", (event) => {
      const stops = [...box.querySelectorAll("button")];
      if (event.shiftKey) stops.reverse();
      const at = stops.indexOf(root.activeElement);
      if (event.key === "Escape") me.close("dismissed");
      else if (modal && event.key === "Tab") (stops[at + 1] || stops[0]).focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    visible = me;
    (place || document.body).append(root.host);
    root.append(box);
    // The modal itself takes the focus: a stray Enter must not spend the only question.
    if (modal) {
      box.tabIndex = -1;
      box.showModal();
      box.focus();
    } else box.open = true;
    me.tell("shown");
    flush();
    return me;
  }

  function softAsk(decision) {
    const { copy } = decision;
    const actions = el("div", "actions");
    const body = el("p", "", copy.body);
    actions.append(
      button("primary", copy.accept_label, () => {
        if (visible !== me) return;
        ask(decision.decision_id).catch(warn); // first of all: the browser wants to see the tap
        me.close();
      }),
      button("plain", copy.decline_label, () => me.close("declined"))
    );
    const me = panel("soft_ask", decision, copy.surface || "sheet", el("h2", "", copy.title), body, actions, quiet(decision));
    me.box.setAttribute("aria-describedby", (body.id = "body"));
    if (copy.image) {
      const art = el("img");
      art.alt = "";
      art.src = opts.host + copy.image;
      me.box.prepend(art);
    }
  }

  // Opens the browser's own dialog inside the tap, and reports how it ended.
  async function ask(decision_id) {
    push("soft_ask_accepted", { decision_id });
    if (permission() !== "default") return;
    const mine = (asking = { decision_id });
    const answer = Notification.requestPermission();
    push("native_prompt_shown", mine);
    const value = await Promise.resolve(answer).catch(warn);
    if (value) answered(mine, value === "default" ? "dismissed" : value);
    else asking = null;
  }

  function answered(prompt, outcome) {
    if (asking !== prompt) return;
    asking = null;
    change({ told: permission() });
    push("native_prompt_answered", { outcome, ...prompt });
    flush();
  }

  function redirect(decision) {
    const { copy, settings } = decision;
    const open = button("primary", copy.action_label, () => {
      me.tell("tapped");
      const list = el("ol");
      list.append(...(settings?.steps || []).map((step) => el("li", "", step)));
      list.tabIndex = -1;
      list.setAttribute("aria-labelledby", "title");
      me.box.classList.add("open");
      open.replaceWith(list, quiet(decision));
      list.focus();
      push("settings_opened", { decision_id: decision.decision_id });
      flush();
    });
    const close = button("close", "×", () => me.close("dismissed"));
    open.setAttribute("aria-expanded", false);
    close.setAttribute("aria-label", texts.close);
    const me = panel("redirect", decision, copy.surface || "banner", el("p", "line", copy.line), open, close);
  }

  const quiet = (decision) => button("quiet", texts.never, () => never(decision));

  function never(decision) {
    visible?.close("dismissed");
    if (!state().never) push("never_ask", { decision_id: decision?.decision_id });
    change({ never: true });
    flush();
  }

  // -- start

  function init(given) {
    const first = !opts;
    opts = { ...opts, ...given };
    if (!opts.key) {
      opts = null;
      return warn("no key");
    }
    Object.assign(texts, opts.texts);
    opts.host = (opts.host || (script?.src ? new URL(script.src).origin : "")).replace(/\/+$/, "");
    opts.css ||= `${opts.host}/static/css/oneask.css`;
    const { device } = state();
    if (!device || (opts.deviceId && opts.deviceId !== device))
      write("state", { device: opts.deviceId || uuid(), whole: 1 });
    if (!first) return;
    if (opts.bundleKey)
      local = import(`${opts.host}/static/js/oneask-local.js`)
        .then((here) => here.start({ opts, state, read, write, post, warn }))
        .catch(warn);
    if (document.prerendering) listen(document, "prerenderingchange", start);
    else start();
  }

  function start() {
    screen();
    flush();
    listen(window, "focus", touch);
    listen(window, "online", () => {
      notBefore = 0;
      flush();
    });
    listen(window, "pageshow", (event) => event.persisted && screen());
    listen(window, "pagehide", () => asking && answered(asking, "ignored")); // left with the question still open
    listen(document, "visibilitychange", () => (document.hidden ? flush() : touch()));
    navigator.permissions?.query({ name: "notifications" }).then((status) => (status.onchange = safe(check)), warn);
  }

  // Nothing of ours may break the page it is in.
  function safe(fn, otherwise) {
    return (...args) => {
      try {
        if (opts || fn === init || fn === on) return fn(...args);
        warn("call init first");
      } catch (error) {
        warn(error);
      }
      return otherwise;
    };
  }

  window.OneAsk = {
    init: safe(init),
    moment: safe(moment, Promise.resolve(none("client_error"))),
    track: safe((type, fields) => {
      touch();
      return push(type, fields).id;
    }),
    screen: safe(screen),
    status: safe(() => {
      const { device, session, screen, never } = state();
      return {
        permission: permission(),
        deviceId: device,
        sessionIndex: session,
        screenIndex: screen,
        never: !!never,
        queued: queue().length,
        decision: lastDecision,
        showing: visible?.kind,
      };
    }),
    never: safe(() => never()),
    flush: safe(flush),
    on: safe(on),
  };

  if (script?.dataset.key) OneAsk.init({ ...script.dataset });
})(window, document);
