/* <comment-thread site="KEY" [page] [title] [theme="light|dark|auto"] [lang]>: a page's comments, and the form to add one.
   Hooks. Host attribute `state`: out | connecting:NAME | exchanging | in | error:CODE. Ids: comment-ID, body, email, name, website, subscribe.
   Parts: heading list comment author badge provider time text reply more empty closed notice retry form form-heading cancel-reply box
   card identity providers provider-button field input hint error account cancel again logout change post waiting status.
   Colours: --moderation-accent -on-accent -text -muted -line -edge -surface -wash -danger -font -radius. */
(() => {
  "use strict";
  if (customElements.get("comment-thread")) return;

  const ENGLISH = {
    direction: "ltr",
    region: "Comments",
    heading: { one: "One Comment on “{title}”", other: "{count} Comments on “{title}”" },
    headingEmpty: "Comments on “{title}”",
    empty: "Nobody has commented yet. What do you think? Your words will appear here once the author has approved them.",
    loading: "Loading comments…",
    failed: "The comments could not be loaded.",
    retry: "Try again",
    more: "Show more comments",
    shown: { one: "One more comment shown.", other: "{count} more comments shown." },
    closed: "Comments are closed here.",
    removed: "This comment is no longer here.",
    by: "Comment by {name}",
    via: "via {provider}",
    edited: "edited",
    pinned: "Pinned",
    badges: { author: "Author", owner: "Author", moderator: "Moderator" },
    to: "in reply to {name}",
    reply: "Reply",
    replyTo: "Reply to {name}",
    leave: "Leave a Reply",
    leaveTo: "Leave a Reply to {name}",
    cancelReply: "Cancel reply",
    placeholder: "Write a comment…",
    fillOrClick: "Fill in your details below or click an icon to log in:",
    fill: "Fill in your details below:",
    click: "Click an icon to log in:",
    opening: "One moment…",
    email: "Email",
    name: "Name",
    website: "Website",
    required: "(required)",
    neverPublic: "Address never made public",
    connecting: "Connecting to {provider}…",
    waitingFor: "Still waiting for {provider}. Window closed?",
    again: "Try again",
    cancel: "Cancel",
    exchanging: "Signing in…",
    account: "{name}: You are commenting using your {provider} account. ( {logout} / {change} )",
    logout: "Log Out",
    change: "Change",
    loggedOut: "You are logged out.",
    closeThis: "You are signed in where you were writing. You can close this window.",
    needsHttps: "Signing in needs a page served over https. You can still comment with your details.",
    memoryOnly: "Your browser keeps nothing for this page: your text and your sign-in last until you leave it.",
    signedOut: "You have been signed out. Your text is still here; please sign in again.",
    notify: "Notify me of new comments via email.",
    post: "Post Comment",
    posting: "Posting…",
    sendAgain: "Send again",
    waiting: "Your comment is awaiting moderation.",
    published: "Your comment is published.",
    writeFirst: "Please write something first.",
    needName: "Please enter your name.",
    needEmail: "Please enter your e-mail address.",
    badEmail: "This does not look like an e-mail address.",
    loginFirst: "Please sign in first.",
    offline: "There is no connection to the comment service. Your text is kept.",
    offlineLater: "There is no connection. Your text is kept, and sent as soon as you are online again.",
    tooMany: "That was a lot at once. Please try again {when}.",
    busy: "The comment service has a problem just now. Your text is kept; please try again {when}.",
    soon: "soon",
    failedPost: "Your comment was not accepted.",
    formFailed: "The form could not be loaded. Your text is kept.",
    errors: {
      denied: "{provider} did not sign you in: the request was declined.",
      login_expired: "Signing in took too long. Please try again.",
      provider_down: "{provider} cannot be reached just now. Try again later, or use another way.",
      provider_quota: "{provider} allows no more sign-ins here for now. Please use another way.",
      provider_misconfigured: "Signing in with {provider} is not set up correctly on this site. Please use another way.",
      provider_bad_reply: "{provider} gave an answer that we do not understand. Please use another way.",
      blocked: "Your browser blocked the sign-in window. Allow pop-ups for this page, or use another way.",
      offline: "The connection was lost while signing in. Please try again.",
      other: "Signing in did not work. Please try again, or use another way.",
    },
  };

  const LABELS = { wordpress: "WordPress.com", github: "GitHub", gitlab: "GitLab", linkedin: "LinkedIn" };
  const TRACKING = /^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_gl|ref_src)$/;
  const SPANS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const DEEPEST = 8;

  const CSS = `
:host{all:initial;display:block;flex:1 0 auto;align-self:stretch;font:inherit;margin-block-start:40px}
:host([hidden]){display:none}
.root{all:initial;display:block;container-type:inline-size;min-block-size:352px;overflow-wrap:anywhere;
  font-family:var(--moderation-font,inherit);font-size:inherit;line-height:1.6;color:var(--ink);text-align:start;
  --ink:var(--moderation-text,#2d2624);--soft:var(--moderation-muted,#6f625d);--line:var(--moderation-line,#e8dfda);
  --edge:var(--moderation-edge,#978a84);--paper:var(--moderation-surface,#fff);--wash:var(--moderation-wash,#faf5f2);
  --accent:var(--moderation-accent,#c0394f);--on-accent:var(--moderation-on-accent,#fff);--danger:var(--moderation-danger,#a5230f);
  --radius:var(--moderation-radius,12px);--tint:32% 88%;color-scheme:light}
.root[data-theme=dark]{
  --ink:var(--moderation-text,#ece4df);--soft:var(--moderation-muted,#b3a59e);--line:var(--moderation-line,#3d3431);
  --edge:var(--moderation-edge,#83756e);--paper:var(--moderation-surface,#211c1a);--wash:var(--moderation-wash,#2a2421);
  --accent:var(--moderation-accent,#ff9aa2);--on-accent:var(--moderation-on-accent,#34090f);--danger:var(--moderation-danger,#ffb4a0);
  --tint:16% 30%;color-scheme:dark}
*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
.sr{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;margin:0}
h2,h3,p,ol{margin:0;padding:0}
h2{font-size:1.375em;line-height:1.3;font-weight:650;text-wrap:balance;margin-block-end:24px}
h3{font-size:1.125em;line-height:1.3;font-weight:650}
ol.list,.answers{list-style:none}
a{color:inherit}
button{font:inherit;color:inherit;background:none;border:0;padding:0;margin:0;cursor:pointer;border-radius:6px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.link{color:var(--accent);text-decoration:underline;text-underline-offset:.2em;text-decoration-thickness:1px}
.link:hover{text-decoration-thickness:2px}
.button{min-block-size:44px;padding:8px 20px;border:1px solid var(--edge);border-radius:calc(var(--radius) - 4px);
  background:var(--paper);font-weight:550;line-height:1.3}
.button:hover{border-color:var(--accent);color:var(--accent)}
.comment{display:grid;grid-template-columns:40px minmax(0,1fr);column-gap:14px;padding-block:16px 12px;border-radius:var(--radius);
  scroll-margin-block:80px}
.comment:focus{outline:0}
.comment.target{background:var(--wash);box-shadow:0 0 0 12px var(--wash)}
.comment.target::before,.comment:focus-visible::before{content:"";position:absolute;inset-block:8px;inset-inline-start:-8px;
  border-inline-start:3px solid var(--accent);border-radius:3px}
.comment.target,.comment:focus-visible{position:relative}
.face{inline-size:40px;block-size:40px;border-radius:50%;object-fit:cover;display:grid;place-items:center;
  font-weight:600;line-height:1;background:hsl(var(--turn,20) var(--tint));color:var(--ink);user-select:none}
.main{min-inline-size:0}
.meta{display:flex;flex-wrap:wrap;align-items:baseline;column-gap:8px;color:var(--soft);font-size:.875em;line-height:1.5}
.author{font-size:1.143em;font-weight:650;color:var(--ink);text-decoration:none}
a.author:hover,a.time:hover,.to:hover{text-decoration:underline;text-underline-offset:.2em}
.time,.to{color:inherit;text-decoration:none}
.to::before{content:"·\a0"}
.badge{padding:.05em .6em;border-radius:1em;background:var(--wash);border:1px solid var(--line);color:var(--ink);font-size:.8571em;font-weight:600}
.to{display:none}
.far>.comment .to{display:inline}
.text{margin-block:4px}
.text>*{margin-block:.75em}.text>:first-child{margin-block-start:0}.text>:last-child{margin-block-end:0}
.text a{color:var(--accent);text-underline-offset:.2em}
.text blockquote{margin-inline:0;padding-inline-start:16px;border-inline-start:3px solid var(--line);color:var(--soft)}
.text code,.text pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;background:var(--wash);border-radius:6px}
.text code{padding:.1em .3em}.text pre{padding:12px 16px;overflow-x:auto;line-height:1.5}.text pre code{padding:0;font-size:1em}
.text ul,.text ol{padding-inline-start:1.5em}.text img{max-inline-size:100%;block-size:auto}
.text hr{border:0;border-block-start:1px solid var(--line)}
.reply{color:var(--accent);font-size:.875em;font-weight:600;padding:4px 8px;margin-inline-start:-8px}
.reply:hover{background:var(--wash)}
.removed{display:block;color:var(--soft);font-style:italic}
.waiting{background:var(--wash);padding:16px;margin-block:8px}
.note{display:block;color:var(--soft);font-size:.875em;font-weight:600;margin-block-end:4px}
.note::before{content:"";display:inline-block;inline-size:.5em;block-size:.5em;margin-inline-end:.5em;border-radius:50%;background:var(--accent);vertical-align:.1em}
.answers{margin-inline-start:20px;padding-inline-start:24px;border-inline-start:1px solid var(--line)}
.answers .face{inline-size:32px;block-size:32px;font-size:.875em}
.answers .comment{grid-template-columns:32px minmax(0,1fr);column-gap:12px}
.list>li>.answers{margin-block-end:12px}
.list>li+li{border-block-start:1px solid var(--line)}
.empty,.closed,.notice{color:var(--soft);margin-block:16px}
.closed{padding:16px;border-radius:var(--radius);background:var(--wash)}
.notice{display:flex;flex-wrap:wrap;gap:12px 16px;align-items:center}
.notice:empty{display:none}
.more{display:block;inline-size:100%;margin-block:16px}
.form{display:block;margin-block:32px 16px}
li>.form{margin-block:8px 24px}
.top{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline;justify-content:space-between;margin-block-end:12px}
.card{display:block;border:1px solid var(--edge);border-radius:var(--radius);background:var(--paper);color:var(--ink);overflow:hidden}
.card:focus-within{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
textarea{display:block;inline-size:100%;min-block-size:52px;max-block-size:70vh;padding:14px 16px;margin:0;border:0;border-radius:calc(var(--radius) - 1px);background:none;
  color:inherit;font:inherit;font-size:max(1em,16px);line-height:1.55;resize:none;field-sizing:content;transition:min-block-size .15s}
textarea:focus-visible{outline:0}
::placeholder{color:var(--soft);opacity:1}
.bone{display:flex;gap:14px;padding-block:20px}
.bone i{flex:none;inline-size:40px;block-size:40px;border-radius:50%;background:var(--line)}
.bone b{flex:1;block-size:72px;background:linear-gradient(var(--line),var(--line)) 0 3.2px/30% 11.2px no-repeat,
  linear-gradient(var(--line),var(--line)) 0 30.4px/95% 11.2px no-repeat,linear-gradient(var(--line),var(--line)) 0 54.4px/70% 11.2px no-repeat}
@media (prefers-reduced-motion:no-preference){.bone{animation:breathe 1.6s ease-in-out infinite alternate}@keyframes breathe{to{opacity:.45}}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
@media (pointer:coarse){.time,.to,.link{padding-block:12px}.reply{padding:10px 12px;margin:-6px 0 -6px -12px;min-inline-size:44px;min-block-size:44px}}
@media (forced-colors:active){textarea:focus-visible{outline:2px solid Highlight;outline-offset:-3px}.face,.badge,.waiting,.closed{border:1px solid}.comment.target{outline:2px solid Highlight}}
@container (max-width:34em){
  .answers{margin-inline-start:6px;padding-inline-start:14px}
  .deep>.answers{margin:0;padding:0;border:0}.deep>.answers>li>.comment .to{display:inline}
  .comment{column-gap:12px}.waiting{padding:12px}}`;

  const script = document.currentScript || document.querySelector('script[src*="/embed/v1.js"]');
  const here = script.src;
  const service = new URL(here).origin;

  // The one Trusted Types policy: only HTML that the service has sanitised passes through it.
  let policy = { createHTML: (html) => html };
  try {
    policy = trustedTypes.createPolicy("moderation", policy);
  } catch { /* no Trusted Types here, or the page forbids the policy: html() falls back to text */ }

  function html(node, source) {
    try {
      const parsed = document.createElement("template");
      parsed.innerHTML = policy.createHTML(source);
      for (const code of parsed.content.querySelectorAll("pre")) code.tabIndex = 0;
      node.replaceChildren(parsed.content);
    } catch {
      node.textContent = source.replace(/<[^>]*>/g, " ");
    }
    return node;
  }

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") node[name] = value;
      else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child != null && child !== false));
    return node;
  }

  // An address of the service itself, or null: the page must never be made to call anybody else.
  function own(path) {
    const address = path && new URL(path, service);
    return address && address.origin === service ? address.href : null;
  }

  class Trouble extends Error {
    constructor(status, problem, retryAfter) {
      super(problem?.detail || "");
      this.status = status;
      this.field = problem?.field;
      this.retryAfter = +retryAfter || 0;
    }
  }

  async function api(path, { method = "GET", body, token, headers = {}, keepalive } = {}) {
    let answer, data;
    try {
      answer = await fetch(service + path, {
        method, keepalive, credentials: "omit",
        headers: { ...headers, ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: "Bearer " + token }) },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout?.(20000),
      });
      data = answer.status === 204 ? null : await answer.json();
    } catch {
      if (!answer || answer.ok) throw new Trouble(0);
    }
    if (!answer.ok) throw new Trouble(answer.status, data, answer.headers.get("Retry-After"));
    return data;
  }

  // What the reader's browser keeps for a site; memory only where storage is refused.
  class Store {
    constructor(site) {
      this.prefix = "moderation:" + site + ":";
      this.memory = new Map();
    }
    get(name) {
      let text = this.memory.get(name);
      try {
        text ??= localStorage.getItem(this.prefix + name);
        return JSON.parse(text ?? null);
      } catch {
        return text ? JSON.parse(text) : null;
      }
    }
    set(name, value) {
      const text = value == null ? null : JSON.stringify(value);
      try {
        if (text) localStorage.setItem(this.prefix + name, text);
        else localStorage.removeItem(this.prefix + name);
        this.memory.delete(name);
      } catch {
        this.lost = true;
        this.memory.set(name, text);
      }
    }
    names(start = "") {
      let kept = [];
      try {
        kept = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
      } catch { /* refused */ }
      return [...kept, ...this.memory.keys()].filter((name) => name.startsWith(start));
    }
  }

  function cleaned(address) {
    const url = new URL(address, location.href);
    url.hash = "";
    for (const name of [...url.searchParams.keys()]) if (TRACKING.test(name)) url.searchParams.delete(name);
    return url;
  }

  // Light or dark is what stands behind us, whatever the page calls it.
  function behind(node) {
    for (; node; node = node.parentElement || node.getRootNode().host) {
      const colour = getComputedStyle(node).backgroundColor;
      const [x, y, z, alpha = 1] = (colour.match(/\b[\d.]+/g) || [0, 0, 0, 0]).map(Number);
      if (alpha < 0.5) continue;
      const grey = 0.3 * x + 0.59 * y + 0.11 * z;
      const light = colour.startsWith("rgb") ? grey / 255 : colour.startsWith("color") ? grey : x > 1 ? x / 100 : x;
      return light < 0.5 ? "dark" : "light";
    }
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    return scheme.includes("dark") && (!scheme.includes("light") || matchMedia("(prefers-color-scheme:dark)").matches) ? "dark" : "light";
  }

  class Thread {
    constructor(host, shadow) {
      Object.assign(this, { host, shadow, service, el, html, own, api });
      this.life = new AbortController();
      this.words = ENGLISH;
      this.locale = "en";
      this.site = host.getAttribute("site") || "";
      this.store = new Store(this.site);
      this.nodes = new Map();
      const canonical = document.querySelector('link[rel~="canonical" i]')?.href;
      const kept = cleaned(canonical || location.href);
      this.page = host.getAttribute("page") || kept.pathname + kept.search;
      this.address = cleaned(location.href).href;
      this.url = kept.origin === location.origin ? kept.href : this.address;
      this.title = host.getAttribute("title") || document.querySelector('meta[property="og:title"]')?.content || document.title;
      this.build();
      this.theme();
      this.listen();
      this.takeLogin();
      this.ready = this.load();
      this.ready.then(() => this.go());
      // A reader who has acted before: a draft, a sign-in or a waiting comment may need the form's part at once.
      if (this.login || this.store.names().some((name) => name !== "guest")) this.ready.then(() => this.open());
    }

    // Words: say() gives nodes, with names and titles isolated from the direction of the text around them; t() gives text.
    say = (key, values = {}) => {
      let words = key.split(".").reduce((table, part) => table?.[part], this.words);
      if (words?.other && "count" in values) words = words[new Intl.PluralRules(this.locale).select(values.count)] || words.other;
      return (words || "").split(/\{(\w+)\}/).map((part, index) => {
        if (index % 2 === 0) return part;
        const value = values[part];
        if (value instanceof Node) return value;
        return part === "name" || part === "title" ? el("bdi", null, value) : value.toLocaleString(this.locale);
      });
    };
    t = (key, values) => this.say(key, values).map((part) => part.textContent ?? part).join("");
    span(seconds) {
      const format = new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" });
      const [unit, size] = SPANS.find(([, size]) => Math.abs(seconds) >= size) || ["second", 1];
      return format.format(size > 1 ? Math.ceil(seconds / size) : Math.max(0, Math.ceil(seconds)), unit);
    }
    label(provider) {
      return this.labels?.[provider] || LABELS[provider] || provider[0].toUpperCase() + provider.slice(1);
    }

    style(css) {
      try {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(css);
        this.shadow.adoptedStyleSheets = [...this.shadow.adoptedStyleSheets, sheet];
      } catch {
        this.shadow.append(el("style", null, css));
      }
    }

    build() {
      this.shadow.replaceChildren();
      this.shadow.adoptedStyleSheets = [];
      this.style(CSS);
      const bone = () => el("div", { class: "bone" }, el("i"), el("b"));
      this.heading = el("h2", { part: "heading", id: "heading" }, this.t("region"));
      this.bones = el("div", { "aria-hidden": "true" }, bone(), bone(), bone());
      this.list = el("ol", { class: "list", part: "list" });
      this.empty = el("p", { class: "empty", part: "empty", hidden: true }, this.t("empty"));
      this.notice = el("div", { class: "notice", part: "notice", role: "alert" });
      this.next = el("button", { class: "button more", part: "more", type: "button", hidden: true, onclick: () => this.more() }, this.t("more"));
      this.shut = el("p", { class: "closed", part: "closed", hidden: true }, this.t("closed"));
      this.status = el("p", { class: "sr", part: "status", role: "status" });
      this.formHeading = el("h3", { part: "form-heading", id: "form-heading" }, this.t("leave"));
      this.top = el("div", { class: "top" }, this.formHeading);
      this.box = el("textarea", { id: "body", part: "box", rows: 1, placeholder: this.t("placeholder"), "aria-labelledby": "form-heading", dir: "auto" });
      this.card = el("div", { class: "card", part: "card" }, this.box);
      this.form = el("form", { class: "form", part: "form", novalidate: true, onsubmit: (event) => event.preventDefault() }, this.top, this.card);
      this.box.addEventListener("focus", () => this.open(), { once: true });
      this.home = el("div", { hidden: true }, this.form);
      // An empty title keeps the host's own from popping up as a tooltip.
      this.root = el("section", { class: "root", title: "", "aria-labelledby": "heading", lang: this.locale, dir: this.words.direction },
        this.heading, this.bones, this.list, this.empty, this.notice, this.next, this.shut, this.home, this.status);
      this.shadow.append(this.root);
      this.host.setAttribute("state", "out");
    }

    listen() {
      const { signal } = this.life;
      addEventListener("hashchange", () => this.go(), { signal });
      this.root.addEventListener("click", (event) => {
        const link = event.target.closest?.("a.time, a.to");
        if (link && link.href === location.href) this.go();
      });
      const paint = () => this.theme();
      matchMedia("(prefers-color-scheme:dark)").addEventListener("change", paint, { signal });
      const watch = new MutationObserver(() => { paint(); setTimeout(paint, 400); });
      for (const node of [document.documentElement, document.body]) watch.observe(node, { attributes: true });
      const clock = setInterval(() => this.shadow.querySelectorAll("time[datetime]").forEach((time) => this.tick(time)), 60000);
      signal.addEventListener("abort", () => { watch.disconnect(); clearInterval(clock); });
    }

    theme() {
      const wanted = this.host.getAttribute("theme");
      this.root.dataset.theme = wanted === "light" || wanted === "dark" ? wanted : behind(this.host);
    }

    // A sign-in that came back by the address: the code leaves the address bar before anything else happens.
    takeLogin() {
      const [, attempt, error, code] = location.hash.match(/^#login=([\w-]{22})\.(?:error\.(\w+)|([\w-]+))$/) || [];
      if (!attempt) return;
      history.replaceState(history.state, "", location.href.split("#")[0]);
      this.login = { a: attempt, k: code, error };
    }

    async load(after = "") {
      this.notice.replaceChildren();
      const query = new URLSearchParams({ site: this.site, page: this.page, ...(after && { after }) });
      let thread;
      try {
        thread = await api("/api/v1/thread?" + query);
      } catch (trouble) {
        this.bones.hidden = true;
        this.notice.append(el("span", null, this.t("failed"), trouble.message && " " + trouble.message),
          el("button", { class: "button", part: "retry", type: "button", onclick: () => this.retry(after) }, this.t("retry")));
        return false;
      }
      this.count = thread.count;
      this.cursor = thread.next;
      this.isOpen = thread.page?.open !== false;
      this.shownTitle = this.host.getAttribute("title") || thread.page?.title || this.title;
      this.bones.hidden = true;
      thread.comments.forEach((comment) => this.place(comment));
      this.next.hidden = !this.cursor;
      this.shut.hidden = this.isOpen;
      this.home.hidden = !this.isOpen;
      this.retitle();
      return true;
    }
    async retry(after) {
      this.status.textContent = this.t("loading");
      this.bones.hidden = !!after;
      if (await this.load(after)) {
        this.heading.tabIndex = -1;
        this.heading.focus({ preventScroll: true });
        this.status.textContent = this.heading.textContent;
        this.go();
      } else this.notice.querySelector("button").focus();
    }
    async more() {
      const before = new Set(this.nodes.keys());
      this.next.setAttribute("aria-busy", "true");
      const done = await this.load(this.cursor);
      this.next.removeAttribute("aria-busy");
      if (!done) return false;
      const added = [...this.nodes].filter(([id]) => !before.has(id));
      added[0]?.[1].article.focus();
      this.announce("shown", { count: added.length });
      return true;
    }
    retitle() {
      this.empty.hidden = this.nodes.size > 0 || !this.isOpen;
      this.heading.replaceChildren(...this.say(this.count ? "heading" : "headingEmpty", { count: this.count, title: this.shownTitle }));
    }
    announce(key, values) {
      this.status.textContent = key ? this.t(key, values) : "";
    }

    // Puts a comment under the one it answers, or its newer state in the old one's place. Answers below the deepest level stand beside each other.
    place(comment) {
      const known = this.nodes.get(comment.id);
      const parent = this.nodes.get(comment.parent);
      const depth = known?.depth ?? (parent ? parent.depth + 1 : 0);
      const article = this.article(comment, parent);
      if (known) {
        known.article.replaceWith(article);
        Object.assign(known, { article, comment });
        return known;
      }
      let home = this.list;
      if (parent && parent.depth < DEEPEST) home = parent.answers ||= parent.li.appendChild(el("ol", { class: "answers" }));
      else if (parent) home = parent.home;
      const li = el("li", { class: (depth > DEEPEST ? "far " : "") + (depth > 2 ? "deep" : "") }, article);
      home.append(li);
      const node = { li, article, comment, depth, home, answers: null };
      this.nodes.set(comment.id, node);
      return node;
    }
    take(id) {
      this.nodes.get(id)?.li.remove();
      this.nodes.delete(id);
      this.retitle();
    }

    article(comment, parent) {
      const { id, author } = comment;
      if (comment.removed) return el("article", { class: "comment removed", part: "comment", id: "comment-" + id, tabindex: -1 }, this.t("removed"));
      const waiting = comment.status === "waiting";
      const name = el("bdi", null, author.name);
      const linked = /^https?:/i.test(author.url || "");
      const answered = parent?.comment.author;
      return el("article", { class: "comment" + (waiting ? " waiting" : ""), part: waiting ? "comment waiting" : "comment", id: "comment-" + id,
        tabindex: -1, "aria-label": this.t("by", { name: author.name }) },
        this.face(author),
        el("div", { class: "main" },
          waiting && el("span", { class: "note" }, this.t("waiting")),
          el("div", { class: "meta" },
            linked ? el("a", { class: "author", part: "author", href: author.url, rel: "nofollow ugc noopener" }, name)
              : el("span", { class: "author", part: "author" }, name),
            author.badge ? el("span", { class: "badge", part: "badge" }, this.words.badges[author.badge] || author.badge) : null,
            comment.pinned ? el("span", { class: "badge", part: "badge" }, this.t("pinned")) : null,
            el("span", null, [
              author.provider && author.provider !== "guest" && el("span", { part: "provider" }, this.t("via", { provider: this.label(author.provider) })),
              el(waiting ? "span" : "a", { class: "time", part: "time", href: waiting ? null : this.permalink(id) }, this.time(comment.created_at)),
              comment.edited_at && el("span", { title: this.exact(comment.edited_at) }, this.t("edited")),
            ].filter(Boolean).flatMap((part, index) => index ? [" · ", part] : part), " ",
            answered ? el("a", { class: "to", href: this.permalink(comment.parent) }, this.say("to", { name: answered.name })) : null)),
          html(el("div", { class: "text", part: "text", dir: "auto" }), comment.html),
          this.isOpen && !waiting
            ? el("button", { class: "reply", part: "reply", type: "button", "aria-label": this.t("replyTo", { name: author.name }),
              onclick: () => this.open().then((form) => form?.reply(id)) }, this.t("reply"))
            : null));
    }
    face(author) {
      let turn = 0;
      for (const letter of author.id || author.name) turn = (turn * 31 + letter.codePointAt()) % 360;
      const initial = el("span", { class: "face", "aria-hidden": "true" }, [...author.name][0]?.toUpperCase());
      initial.style.setProperty("--turn", turn);
      const source = own(author.avatar);
      return source
        ? el("img", { class: "face", alt: "", src: source, width: 40, height: 40, loading: "lazy", onerror: (event) => event.target.replaceWith(initial) })
        : initial;
    }
    permalink(id) {
      return location.href.split("#")[0] + "#comment-" + id;
    }
    time(moment) {
      return this.tick(el("time", { datetime: moment, title: this.exact(moment) }));
    }
    tick(time) {
      time.textContent = this.span(Math.min(0, (new Date(time.dateTime) - Date.now()) / 1000));
      return time;
    }
    exact(moment) {
      return new Date(moment).toLocaleString(this.locale, { dateStyle: "long", timeStyle: "short" });
    }

    // The address names a comment: the browser cannot look into our shadow, so we go there ourselves.
    async go() {
      if (!location.hash.startsWith("#comment-")) return;
      const id = decodeURIComponent(location.hash.slice(9));
      while (!this.nodes.has(id) && this.cursor && !this.life.signal.aborted) if (!await this.load(this.cursor)) return;
      if (this.nodes.has(id)) this.show(id);
    }
    show(id) {
      this.shadow.querySelector(".target")?.classList.remove("target");
      const { article } = this.nodes.get(id);
      article.classList.add("target");
      article.focus({ preventScroll: true });
      article.scrollIntoView({ block: article.offsetHeight > innerHeight / 2 ? "start" : "center" });
    }

    // The rest of the form comes when somebody wants to write.
    open() {
      const part = (name) => import(new URL(name + ".js" + (this.tries ? "?" + this.tries : ""), here));
      return this.opened ||= Promise.all([part("form"), part("signin")])
        .then(([form, signin]) => new form.Form(this, signin.SignIn))
        .catch((trouble) => {
          console.error(trouble);
          this.tries = (this.tries || 0) + 1;
          this.opened = null;
          this.box.addEventListener("input", () => this.open(), { once: true });
          this.card.nextSibling?.remove();
          this.card.after(el("p", { class: "notice", role: "alert" }, this.t("formFailed")));
        });
    }
    stop() {
      this.life.abort();
    }
  }

  customElements.define("comment-thread", class extends HTMLElement {
    static observedAttributes = ["site", "page", "title", "theme", "lang"];
    #thread;
    #shadow = this.attachShadow({ mode: "open" });
    connectedCallback() {
      this.#thread = new Thread(this, this.#shadow);
    }
    disconnectedCallback() {
      this.#thread?.stop();
      this.#thread = null;
    }
    attributeChangedCallback(name, before, after) {
      if (!this.#thread || before === after) return;
      if (name === "theme") return this.#thread.theme();
      this.disconnectedCallback();
      this.connectedCallback();
    }
  });
})();
