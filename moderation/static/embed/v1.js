// <comment-thread site="KEY" [page] [title] [theme="light|dark|auto"] [lang] [sort="oldest|newest|best"]>: a page's comments, and the form to add one.
// <comment-count site="KEY" page="PAGE" [number]>: how many there are.  <recent-comments site="KEY" [limit]>: the newest of a site.
// Hooks. Host attribute `state`: out | connecting:NAME | exchanging | in | error:CODE. Ids: comment-ID, body, email, name, website, subscribe.
// Parts: heading sort likes like likers list comment author badge provider time text actions reply report edit withdraw more fresh empty closed notice retry
// form form-heading cancel-reply box toolbar tool preview card identity providers provider-button field input hint error account cancel again logout change
// post waiting status question; item in <recent-comments>.
// Colours: --moderation-accent -on-accent -text -muted -line -edge -surface -wash -danger -font -radius.
(() => {
  "use strict";
  if (customElements.get("comment-thread")) return;
  // Before the page can change its mind about them.
  const { fetch, setTimeout, clearTimeout, performance, URL, URLSearchParams, Intl } = globalThis;
  const { parse, stringify } = JSON;

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
    fresh: { one: "One new comment", other: "{count} new comments" },
    sort: "Sort by",
    oldest: "Oldest first",
    newest: "Newest first",
    best: "Best first",
    closed: "Comments are closed here.",
    removed: "This comment is no longer here.",
    by: "Comment by {name}",
    via: "via {provider}",
    edited: "edited",
    pinned: "Pinned",
    badges: { author: "Author", moderator: "Moderator" },
    to: "in reply to {name}",
    reply: "Reply",
    replyTo: "Reply to {name}",
    like: "Like",
    likers: { one: "One blogger likes this:", other: "{count} bloggers like this:" },
    report: "Report",
    leave: "Leave a Reply",
    placeholder: "Write a comment…",
    waiting: "Your comment is awaiting moderation.",
    formFailed: "The form could not be loaded. Your text is kept.",
  };

  const LANGUAGES = "ar de es fr he hi it ja ko nl pl pt ru tr zh";
  const LABELS = { wordpress: "WordPress.com", github: "GitHub", gitlab: "GitLab", linkedin: "LinkedIn" };
  const TRACKING = /^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_gl|ref_src)$/;
  const SPANS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  // Comments: how many are there when a wait lets them be painted, and how many are laid out together further down.
  const EARLY = [4, 16], GROUP = 12;
  // Milliseconds: how long one stretch of work may take, and how often a visible page asks for news.
  const STRETCH = 30, OFTEN = 30000, SELDOM = 300000;

  const CSS = `
:host{all:initial;display:block;flex:1 0 auto;align-self:stretch;font:inherit;margin-block-start:40px}
:host([hidden]){display:none}
.root{all:initial;display:block;container-type:inline-size;min-block-size:352px;overflow-wrap:anywhere;
  font-family:var(--moderation-font,inherit);font-size:inherit;line-height:1.6;color:var(--ink);text-align:start;
  --ink:var(--moderation-text,#2d2624);--soft:var(--moderation-muted,#6f625d);--line:var(--moderation-line,#e8dfda);
  --edge:var(--moderation-edge,#978a84);--paper:var(--moderation-surface,#fff);--wash:var(--moderation-wash,#faf5f2);
  --accent:var(--moderation-accent,#c0394f);--on-accent:var(--moderation-on-accent,#fff);--danger:var(--moderation-danger,#a5230f);
  --radius:var(--moderation-radius,12px);--tint:32% 88%;color-scheme:light}
.set{padding:16px;border-radius:var(--radius);background:var(--paper)}
.root[data-theme=dark]{
  --ink:var(--moderation-text,#ece4df);--soft:var(--moderation-muted,#b3a59e);--line:var(--moderation-line,#3d3431);
  --edge:var(--moderation-edge,#83756e);--paper:var(--moderation-surface,#211c1a);--wash:var(--moderation-wash,#2a2421);
  --accent:var(--moderation-accent,#ff9aa2);--on-accent:var(--moderation-on-accent,#34090f);--danger:var(--moderation-danger,#ffb4a0);
  --tint:16% 30%;color-scheme:dark}
*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
.sr{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
h2,h3,p,ol,ul{margin:0;padding:0}
h2{font-size:1.375em;line-height:1.3;font-weight:650;text-wrap:balance}
.head{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:4px 16px;margin-block-end:20px}
option{background:var(--paper);color:var(--ink)}
.likes{display:flex;flex-wrap:wrap;align-items:center;gap:8px 12px;min-block-size:44px;margin-block-end:24px;color:var(--soft);font-size:.9375em}
.faces{display:flex;flex-wrap:wrap;list-style:none;padding-inline-end:6px}
.faces li{margin-inline-end:-6px}
.faces .face{inline-size:32px;block-size:32px;border:2px solid var(--paper)}
[part=like]::before{content:"♡";content:"♡"/"";font:1.2em/1 system-ui,sans-serif;margin-inline-end:.3em}
[aria-pressed=true]::before{content:"♥\\fe0e";content:"♥\\fe0e"/"";color:var(--accent)}
h3{font-size:1.125em;line-height:1.3;font-weight:650}
.list,.answers{list-style:none}
.list>.later,.later>.comment{content-visibility:auto;contain-intrinsic-size:auto 132px;overflow-clip-margin:16px}
a{color:inherit}
button,select{font:inherit;color:inherit;background:none;border:0;padding:0;margin:0;cursor:pointer;border-radius:6px}
select{font-size:.875em;min-block-size:44px;color:var(--soft)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.link{color:var(--accent);text-decoration:underline;text-underline-offset:.2em}
.link:hover{text-decoration:none}
.button{min-block-size:44px;padding:8px 20px;border:1px solid var(--edge);border-radius:calc(var(--radius) - 4px);
  background:var(--paper);font-weight:600;line-height:1.3}
.button:hover{border-color:var(--accent);color:var(--accent)}
.comment{position:relative;display:grid;grid-template-columns:40px minmax(0,1fr);column-gap:14px;padding-block:16px 12px;border-radius:var(--radius);
  scroll-margin-block:80px}
.comment:focus{outline:0}
.comment.target{background:var(--wash);box-shadow:0 0 0 12px var(--wash)}
.comment.target::before,.comment:focus-visible::before{content:"";position:absolute;inset-block:8px;inset-inline-start:-8px;
  border-inline-start:3px solid var(--accent);border-radius:3px}
.face{inline-size:40px;block-size:40px;border-radius:50%;object-fit:cover;display:grid;place-items:center;
  font-weight:600;line-height:1;background:hsl(var(--turn,20) var(--tint));color:var(--ink);user-select:none}
.main{min-inline-size:0}
.meta{display:flex;flex-wrap:wrap;align-items:baseline;column-gap:8px;color:var(--soft);font-size:.875em;line-height:1.5}
.author{font-size:1.143em;font-weight:650;color:var(--ink);text-decoration:none}
a.author:hover,a.time:hover,.to:hover{text-decoration:underline;text-underline-offset:.2em}
.time,.to{color:inherit;text-decoration:none}
.to::before{content:"· "}
.badge{padding:.05em .6em;border-radius:1em;background:var(--wash);border:1px solid var(--line);color:var(--ink);font-size:.8571em;font-weight:600}
.to{display:none}
.far>.comment .to{display:inline}
.text{margin-block:4px}
.text>*{margin-block:.75em}.text>:first-child{margin-block-start:0}.text>:last-child{margin-block-end:0}
.text a{color:var(--accent);text-underline-offset:.2em}
.text blockquote{margin-inline:0;padding-inline-start:16px;border-inline-start:3px solid var(--line);color:var(--soft)}
.text code,.text pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em;background:var(--wash);border-radius:6px}
.text code{padding:.1em .3em}.text pre{padding:12px 16px;overflow-x:auto;line-height:1.5}.text pre code{padding:0;font-size:1em}
.text ul,.text ol{padding-inline-start:1.5em}
.text hr{border:0;border-block-start:1px solid var(--line)}
.acts{display:flex;flex-wrap:wrap;gap:0 4px;margin-inline-start:-8px}
.act{color:var(--soft);font-size:.875em;padding:4px 8px;min-block-size:28px}
.act:hover{background:var(--wash);color:var(--accent)}
[part=reply]{color:var(--accent);font-weight:600}
.fresh{position:sticky;inset-block-end:60px;block-size:0;z-index:1;display:flex;justify-content:center;align-items:start}
.fresh button{color:var(--accent);box-shadow:0 2px 12px #0003}
.removed{display:block;color:var(--soft);font-style:italic}
.answers{margin-inline-start:20px;padding-inline-start:24px;border-inline-start:1px solid var(--line)}
.answers .face{inline-size:32px;block-size:32px;font-size:.875em}
.answers .comment{grid-template-columns:32px minmax(0,1fr);column-gap:12px}
.list>*>li>.answers{margin-block-end:12px}
.list>*>li+li,.later>li{border-block-start:1px solid var(--line)}
.empty,.closed,.notice{color:var(--soft);margin-block:16px}
.closed{padding:16px;border-radius:var(--radius);background:var(--wash)}
.notice{display:flex;flex-wrap:wrap;align-items:center;gap:12px 16px}
.notice:empty{display:none}
.more{display:block;inline-size:100%;margin-block:16px}
.form{margin-block:56px 16px}
li>.form{margin-block:8px 24px}
.top{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:4px 16px;margin-block-end:12px}
.card{border:1px solid var(--edge);border-radius:var(--radius);background:var(--paper);color:var(--ink);overflow:hidden}
.card:focus-within{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
textarea{display:block;inline-size:100%;min-block-size:52px;max-block-size:70vh;padding:14px 16px;margin:0;border:0;border-radius:calc(var(--radius) - 1px);background:none;
  color:inherit;font:inherit;font-size:max(1em,16px);line-height:1.55;resize:none;field-sizing:content}
textarea:focus-visible{outline:0}
::placeholder{color:var(--soft);opacity:1}[dir=rtl] :placeholder-shown{direction:rtl}
.bone{display:flex;gap:14px;padding-block:20px}
.bone i{flex:none;inline-size:40px;block-size:40px;border-radius:50%;background:var(--line)}
.bone b{flex:1;block-size:72px;margin-inline-end:15%;background:repeating-linear-gradient(#0000 0 4px,var(--line) 0 15px,#0000 0 28px)}
@media (prefers-reduced-motion:no-preference){textarea{transition:min-block-size .15s}.bone{animation:breathe 1.6s infinite alternate}@keyframes breathe{to{opacity:.45}}}
@media (pointer:coarse){.time,.to,.link{padding-block:12px}.act{padding:10px 12px;min-inline-size:44px;min-block-size:44px}.acts{margin-inline-start:-12px}}
@media print{button,form,select{display:none!important}}
@media (forced-colors:active){textarea:focus-visible{outline:2px solid Highlight;outline-offset:-3px}.face,.badge,.closed{border:1px solid}.comment.target{outline:2px solid Highlight}}
@container (max-width:34em){
  .answers{margin-inline-start:6px;padding-inline-start:14px}
  .deep>.answers{margin:0;padding:0;border:0}.deep>.answers>li>.comment .to{display:inline}
  .comment{column-gap:12px}}`;

  const script = document.currentScript || document.querySelector('script[src$="/v1.js"]');
  const here = script.src;
  const service = new URL(here).origin;

  // The one Trusted Types policy: only HTML that the service has sanitised passes through it.
  let policy = { createHTML: (html) => html };
  try {
    policy = trustedTypes.createPolicy("moderation", policy);
  } catch { /* no Trusted Types here, or the page forbids the policy: html() falls back to text */ }
  const SIGNS = { amp: "&", lt: "<", gt: ">", quot: '"' };

  function html(node, source) {
    try {
      node.innerHTML = policy.createHTML(source);
      if (source.includes("<pre")) for (const code of node.querySelectorAll("pre")) code.tabIndex = 0;
    } catch {
      node.textContent = source.replace(/<[^>]*>/g, " ").replace(/&(\w+);/g, (all, name) => SIGNS[name] || all);
    }
    return node;
  }

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    if (attributes) for (const name of Object.keys(attributes)) {
      const value = attributes[name];
      if (typeof value === "function") node[name] = value;
      else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children.flat()) if (child != null && child !== false) node.append(child);
    return node;
  }

  function sheet(shadow, css) {
    try {
      const made = new CSSStyleSheet();
      made.replaceSync(css);
      shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, made];
    } catch {
      shadow.append(el("style", null, css));
    }
  }

  // An address of the service itself, or null: the page must never be made to call anybody else.
  function own(path) {
    const address = path && new URL(path, service);
    return address?.origin === service ? address.href : null;
  }

  const query = (values) => "?" + new URLSearchParams(values);

  const trouble = (status, problem, retryAfter) => Object.assign(Error(problem?.detail || ""), { status, field: problem?.field, retryAfter: +retryAfter || 0 });

  async function api(path, { method = "GET", body, token, headers = {}, keepalive } = {}) {
    let answer, data;
    try {
      answer = await fetch(service + path, {
        method, keepalive, credentials: "omit",
        headers: { ...headers, ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: "Bearer " + token }) },
        body: body && stringify(body),
        signal: AbortSignal.timeout?.(20000),
      });
      data = answer.status === 204 ? null : await answer.json();
    } catch {
      if (!answer || answer.ok) throw trouble(0);
    }
    if (!answer.ok) throw trouble(answer.status, data, answer.headers.get("Retry-After"));
    return data;
  }

  // Further parts come when somebody wants them; one that did not come is asked for under another address, since a browser keeps the failure.
  let tries = 0;
  const part = (name) => import(new URL(name + ".js" + (tries ? "?" + tries : ""), here)).catch((why) => {
    console.error(why);
    tries++;
    throw why;
  });

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
        return parse(text ?? null);
      } catch {
        return text ? parse(text) : null;
      }
    }
    set(name, value) {
      const text = value == null ? null : stringify(value);
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

  // The words of one language: say() gives nodes, with names and titles isolated from the direction of the text around them; t() gives text.
  class Words {
    constructor(locale, words) {
      Object.assign(this, { locale, words, spans: {}, number: new Intl.NumberFormat(locale), plural: new Intl.PluralRules(locale), ago: new Intl.RelativeTimeFormat(locale, { numeric: "auto" }) });
    }
    // A further part brings its own English; the language's file has all words.
    learn(words) {
      this.words = { ...words, ...this.words };
    }
    pick(key, values) {
      const words = key.split(".").reduce((table, part) => table?.[part], this.words);
      return (words?.other && values && "count" in values ? words[this.plural.select(values.count)] || words.other : words) || "";
    }
    say = (key, values) => this.pick(key, values).split(/\{(\w+)\}/).map((part, index) => {
      if (index % 2 === 0) return part;
      const value = values[part];
      if (value instanceof Node) return value;
      return part === "name" || part === "title" ? el("bdi", null, value) : part === "count" ? this.number.format(value) : value;
    });
    t = (key, values) => this.pick(key, values).replace(/\{(\w+)\}/g, (all, name) => name === "count" ? this.number.format(values[name]) : values[name]);
    // Kept in words, since a long thread asks for the same over and over.
    span(seconds) {
      const [unit, size] = SPANS.find((one) => Math.abs(seconds) >= one[1]) || ["second", seconds < 0 ? 60 : 1];
      const count = Math.ceil(seconds / size);
      return this.spans[unit + count] ||= this.ago.format(count, unit);
    }
    // The moment itself, in words, for who asks.
    moment(node) {
      this.exact ||= new Intl.DateTimeFormat(this.locale, { dateStyle: "long", timeStyle: "short" });
      node.title ||= this.exact.format(new Date(node.dateTime));
      return node;
    }
    tick(time) {
      time.firstChild.data = this.span(Math.min(0, (Date.parse(time.dateTime) - Date.now()) / 1000));
      return time;
    }
  }

  // The language of the tag, else of what is around it: at once for English, a promise for a file that has to come first.
  const english = (locale) => new Words(/^en\b/i.test(locale) ? locale : "en", ENGLISH);
  const files = {};
  const tongue = (host) => (host.closest("[lang]") || document.documentElement).lang;
  function speak(wanted) {
    const [code] = wanted.toLowerCase().split("-");
    if (!code || !LANGUAGES.includes(code)) return english(wanted);
    files[code] ||= fetch(new URL("lang/" + code + ".json", here), { credentials: "omit" }).then((answer) => answer.json());
    return files[code].then((words) => new Words(wanted, { ...ENGLISH, ...words })).catch(() => {
      delete files[code];
      return english("en");
    });
  }

  function cleaned(address) {
    const url = new URL(address, location.href);
    url.hash = "";
    for (const name of [...url.searchParams.keys()]) if (TRACKING.test(name)) url.searchParams.delete(name);
    return url;
  }

  // The page's key is the blog's own word for it, else path and query of its canonical address.
  function pageOf(host) {
    const kept = cleaned(document.querySelector('link[rel~="canonical" i]')?.href || location.href);
    return [host.getAttribute("page") || kept.pathname + kept.search, kept];
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
      Object.assign(this, { host, shadow, service, el, html, own, api, part, query, stringify });
      this.life = new AbortController();
      this.site = host.getAttribute("site") || "";
      this.store = new Store(this.site);
      this.nodes = new Map();
      this.kinds = {};
      this.last = new Map();
      this.liked = new Set();
      const [page, kept] = pageOf(host);
      this.page = page;
      this.sort = host.getAttribute("sort") || "oldest";
      this.address = cleaned(location.href).href;
      this.url = kept.origin === location.origin ? kept.href : this.address;
      this.title = host.getAttribute("title") || document.querySelector('meta[property="og:title"]')?.content || document.title;
      this.takeLogin();
      this.early = this.ask();
      // What the blog itself has put into the tag stays in sight until ours can take its place.
      this.given = host.querySelector('[id^="comment-"]') && el("slot");
      const bone = () => el("div", { class: "bone" }, el("i"), el("b"));
      this.bones = this.given || el("div", { "aria-hidden": "true" }, bone(), bone(), bone());
      // An empty title keeps the host's own from popping up as a tooltip.
      this.root = el("section", { class: "root", title: "", "aria-labelledby": "heading" }, this.bones);
      shadow.replaceChildren();
      shadow.adoptedStyleSheets = [];
      this.style(CSS);
      shadow.append(this.root);
      host.setAttribute("state", "out");
      this.theme();
      const words = speak(this.said = tongue(host));
      if (words.then) words.then((come) => this.life.signal.aborted || this.begin(come));
      else this.begin(words);
    }
    style(css) {
      sheet(this.shadow, css);
    }

    begin(words) {
      Object.assign(this, { voice: words, say: words.say, t: words.t });
      this.build();
      this.listen();
      this.ready = this.load();
      this.ready.then((done) => {
        this.go();
        if (done) this.live();
      });
      // A reader who has acted before: a draft, a sign-in or a waiting comment may need the form's part at once.
      if (this.login || this.store.names().some((name) => /^(token|pending:|draft:)/.test(name) || name === "own:" + this.page)) this.ready.then(() => this.open());
    }
    label(provider) {
      return this.labels?.[provider] || LABELS[provider] || provider[0].toUpperCase() + provider.slice(1);
    }
    button(key, part, onclick, kind = "link") {
      return el("button", { class: kind, part, type: "button", onclick }, this.t(key));
    }

    build() {
      const { t, voice } = this;
      const order = (name) => el("option", { value: name, selected: name === this.sort }, t(name));
      this.heading = el("h2", { part: "heading", id: "heading" }, t("region"));
      this.order = el("select", { part: "sort", "aria-label": t("sort"), hidden: true, onchange: () => this.resort(this.order.value) }, ["oldest", "newest", "best"].map(order));
      this.praise = el("div", { class: "likes", part: "likes" });
      this.list = el("div", { class: "list", part: "list", role: "list" });
      this.empty = el("p", { class: "empty", part: "empty", hidden: true }, t("empty"));
      this.notice = el("div", { class: "notice", part: "notice", role: "alert" });
      this.next = this.button("more", "more", () => this.more(), "button more");
      this.shut = el("p", { class: "closed", part: "closed", hidden: true }, t("closed"));
      this.status = el("p", { class: "sr", part: "status", role: "status" });
      this.formHeading = el("h3", { part: "form-heading", id: "form-heading" }, t("leave"));
      this.top = el("div", { class: "top" }, this.formHeading);
      this.box = el("textarea", { id: "body", part: "box", rows: 1, placeholder: t("placeholder"), "aria-labelledby": "form-heading", dir: "auto" });
      this.card = el("div", { class: "card", part: "card" }, this.box);
      this.form = el("form", { class: "form", part: "form", novalidate: true, onsubmit: (event) => event.preventDefault() }, this.top, this.card);
      this.box.addEventListener("focus", () => this.open(), { once: true });
      this.home = el("div", null, this.form);
      this.pill = el("button", { class: "button", part: "fresh", type: "button", hidden: true, onclick: () => this.renew() });
      this.next.hidden = this.home.hidden = true;
      this.root.lang = voice.locale;
      this.root.dir = this.host.dir || (voice.words === ENGLISH && !/^(en|$)/i.test(this.said) ? getComputedStyle(this.host).direction : voice.words.direction);
      this.root.prepend(this.praise, el("div", { class: "head" }, this.heading, this.order));
      this.root.append(el("div", null, this.list, this.empty, this.notice, this.next, el("div", { class: "fresh" }, this.pill)), this.shut, this.home, this.status);
      this.applaud();
    }

    listen() {
      const { signal } = this.life;
      addEventListener("hashchange", () => this.go(), { signal });
      this.root.addEventListener("click", (event) => {
        const link = event.target.closest?.("a.time, a.to");
        if (link && link.href === location.href) this.go();
        const button = event.target.closest?.("button.act, button.like");
        if (button) this.act(button);
      });
      this.list.addEventListener("pointerover", ({ target }) => target.dateTime && this.voice.moment(target));
      const paint = () => this.theme();
      matchMedia("(prefers-color-scheme:dark)").addEventListener("change", paint, { signal });
      // A style sheet may come after us.
      addEventListener("load", paint, { signal });
      // A blog may change its colours, or its language.
      const watch = new MutationObserver(() => {
        paint();
        setTimeout(paint, 400);
        if (tongue(this.host) !== this.said) this.host.connectedCallback();
      });
      for (const node of [document.documentElement, document.body]) watch.observe(node, { attributes: true });
      const clock = setInterval(() => this.shadow.querySelectorAll("time:not(.edited)").forEach((time) => this.voice.tick(time)), 60000);
      signal.addEventListener("abort", () => { watch.disconnect(); clearInterval(clock); });
    }

    theme() {
      const wanted = this.host.getAttribute("theme") || this.wished, around = behind(this.host);
      const { dataset, classList } = this.root;
      dataset.theme = /^(light|dark)$/.test(wanted) ? wanted : around;
      // Dark on a light page, or light on a dark one, stands on a ground of its own.
      classList.toggle("set", dataset.theme !== around);
    }

    // A sign-in that came back by the address: the code leaves the address bar before anything else happens.
    takeLogin() {
      const [, attempt, error, code] = location.hash.match(/^#login=([\w-]{22})\.(?:error\.(\w+)|([\w-]+))$/) || [];
      if (!attempt) return;
      history.replaceState(history.state, "", location.href.split("#")[0]);
      this.login = { a: attempt, k: code, error };
    }

    ask(after) {
      const { site, page, sort } = this;
      return api("/api/v1/thread" + query({ site, page, ...(sort !== "oldest" && { sort }), ...(after && { after }) })).catch((why) => ({ trouble: why }));
    }
    // One slice, after the one before it; the first one walks the thread from its beginning again. False when it could not be had.
    async load(after = "") {
      const turn = this.turn = {};
      this.notice.replaceChildren();
      const thread = await (this.early || this.ask(after));
      this.early = null;
      if (this.turn !== turn || this.life.signal.aborted) return false;
      if (thread.trouble) {
        this.bones.hidden = true;
        this.notice.append(el("span", null, this.t("failed"), thread.trouble.message && " " + thread.trouble.message),
          this.button("retry", "retry", () => this.retry(after), "button"));
        return false;
      }
      if (!after) {
        this.slices = 0;
        this.last.clear();
      }
      this.slices++;
      this.there = location.href.split("#")[0] + "#comment-";
      this.count = thread.count;
      this.revision = thread.revision;
      this.isOpen = thread.page?.open !== false;
      this.deepest = thread.max_depth || 8;
      this.wished = thread.theme;
      this.theme();
      this.shownTitle = this.host.getAttribute("title") || thread.page?.title || this.title;
      const stay = this.takeOver();
      this.bones.hidden = true;
      if (thread.likes === false) this.style("[part^=like]{display:none}");
      this.applaud(thread.page || undefined);
      this.retitle(thread.comments.length);
      // Before the first comments, which it would move down where it needs a line of its own.
      this.order.hidden = this.count < 2;
      const done = await this.fill(thread.comments, turn);
      stay?.();
      if (!done) return false;
      this.cursor = thread.next;
      this.next.hidden = !this.cursor;
      this.shut.hidden = this.isOpen;
      this.home.hidden = !this.isOpen;
      this.retitle();
      return true;
    }
    // In stretches, so that the page answers its reader in between. What is in sight takes long to lay out, so the first
    // few are painted before more come: a timer lets a frame go before it, what yields would go on at once.
    async fill(comments, turn) {
      let until = Infinity, placed = 0;
      for (const comment of comments) {
        this.place(comment, true);
        const early = EARLY.includes(++placed);
        if ((!early && performance.now() < until) || placed === comments.length) continue;
        await ((!early && globalThis.scheduler?.yield?.()) || new Promise((resolve) => setTimeout(resolve)));
        if (this.turn !== turn || this.life.signal.aborted) return false;
        until = performance.now() + STRETCH;
      }
      this.guess();
      return true;
    }
    // The comment that is being read stays where it is, and what stands below the thread stays below.
    takeOver() {
      if (!this.given) return;
      this.root.style.minBlockSize = this.host.offsetHeight + "px";
      const top = (node) => node.getBoundingClientRect().top;
      const read = [...this.host.querySelectorAll('[id^="comment-"]')].find((node) => node.getBoundingClientRect().bottom > 0);
      const before = read && top(read);
      this.given.remove();
      this.given = null;
      return () => {
        const now = read && before < innerHeight && this.shadow.getElementById(read.id);
        if (now) scrollBy({ top: top(now) - before, behavior: "instant" });
      };
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
      if (!done) return;
      const added = [...this.nodes].filter(([id]) => !before.has(id));
      added[0]?.[1].article.focus();
      this.announce("shown", { count: added.length });
    }
    async resort(sort) {
      this.sort = this.order.value = sort;
      this.list.style.minBlockSize = this.list.offsetHeight + "px";
      const form = await (this.opened && this.open());
      form?.leave();
      const kept = [...this.nodes.values()].filter(({ comment }) => comment.status === "waiting");
      this.nodes.clear();
      this.list.replaceChildren();
      await this.load();
      for (const { comment } of kept) if (!this.nodes.has(comment.id)) this.place(comment);
      form?.restore();
      this.list.style.minBlockSize = "";
      this.announce(sort);
    }
    retitle(more = 0) {
      this.empty.hidden = this.nodes.size + more > 0 || !this.isOpen;
      this.heading.replaceChildren(...this.say(this.count ? "heading" : "headingEmpty", { count: this.count, title: this.shownTitle }));
    }
    announce(key, values) {
      this.status.textContent = key ? this.t(key, values) : "";
    }

    // Asks for news while somebody looks, less often while there is none, and never moves the page by itself.
    live() {
      let wait = OFTEN, last = Date.now(), timer;
      const plan = () => {
        clearTimeout(timer);
        if (!document.hidden && !this.life.signal.aborted) timer = setTimeout(look, Math.max(1000, last + wait - Date.now()));
      };
      const look = async () => {
        const turn = this.turn;
        const thread = await this.ask();
        last = Date.now();
        const news = !thread.trouble && thread.revision !== this.revision;
        wait = news ? OFTEN : Math.min(wait * 1.5, SELDOM);
        if (news && this.turn === turn) {
          this.revision = thread.revision;
          const count = thread.count - this.count;
          this.pill.hidden = count < 1;
          if (count > 0) this.announce("fresh", { count });
          this.pill.textContent = this.t("fresh", { count });
        }
        plan();
      };
      document.addEventListener("visibilitychange", plan, { signal: this.life.signal });
      plan();
    }
    async renew() {
      this.pill.hidden = true;
      const known = new Set(this.nodes.keys());
      const fresh = () => [...this.shadow.querySelectorAll("article")].map(({ id }) => id.slice(8)).find((id) => !known.has(id));
      for (let slices = this.slices, after = ""; slices-- && after != null; after = this.cursor) if (!await this.load(after)) return;
      if (!fresh() && this.cursor) await this.resort("newest");
      const id = fresh();
      if (id) this.show(id);
      else this.heading.focus();
    }

    // Puts a comment under the one it answers, or its newer state in the old one's place. Answers below the deepest level stand beside each other.
    place(comment, walking) {
      let node = this.nodes.get(comment.id);
      const parent = this.nodes.get(comment.parent);
      if (node) {
        const { comment: old } = node;
        if (old.html !== comment.html || old.status !== comment.status || old.likes !== comment.likes || !walking) {
          const article = this.item(comment, parent).firstChild;
          const held = node.article.contains(this.shadow.activeElement);
          node.article.replaceWith(article);
          if (held) article.focus({ preventScroll: true });
          Object.assign(node, { article, comment });
        }
      } else {
        const depth = parent ? parent.depth + 1 : 0;
        let home = this.list;
        if (parent && parent.depth < this.deepest) home = parent.answers ||= parent.li.appendChild(el("ol", { class: "answers" }));
        else if (parent) home = parent.home;
        const li = this.item(comment, parent);
        li.className = (depth > this.deepest ? "far " : "") + (depth > 2 ? "deep " : "") + (parent && this.nodes.size > this.full ? "later" : "");
        const last = walking && this.last.get(home);
        let box = home;
        if (home === this.list) {
          box = last ? last.parentNode : walking ? home.firstChild : home.lastChild;
          if (!box || (box === home.lastChild && last === box.lastChild && this.nodes.size >= this.full)) box = this.group();
        }
        box.insertBefore(li, last ? last.nextSibling : walking ? box.firstChild : null);
        node = { li, article: li.firstChild, comment, depth, home, answers: null };
        this.nodes.set(comment.id, node);
      }
      if (walking) this.last.set(node.home, node.li);
      this.decorate?.(node);
      return node;
    }
    // What is below the first sight is laid out when it comes near; in groups, since each has its price.
    group() {
      this.guess();
      this.full = this.nodes.size + GROUP;
      return this.list.appendChild(el("div", { class: this.nodes.size ? "later" : null }));
    }
    guess() {
      const { lastChild } = this.list;
      if (lastChild) lastChild.style.containIntrinsicSize = `auto ${132 * (this.nodes.size - this.full + GROUP)}px`;
    }
    take(id) {
      this.nodes.get(id)?.li.remove();
      this.nodes.delete(id);
      this.retitle();
    }

    // An item of the list. What those of one kind share is built once and copied, and what differs is put in by the
    // shortest way, since a long thread has thousands.
    item(comment, parent) {
      const { there, voice, voice: { words } } = this;
      const { id, author, edited_at: edited } = comment;
      if (comment.removed) return this.shell({ class: "comment removed", part: "comment", id: "comment-" + id }, this.t("removed"));
      const { name } = author, named = () => name;
      const waiting = comment.status === "waiting";
      const linked = /^https?:/i.test(author.url);
      const answered = parent?.depth >= Math.min(3, this.deepest) && parent.comment.author;
      const provider = author.provider && author.provider !== "guest" && this.label(author.provider);
      const made = (this.kinds[[waiting, linked, !answered, !edited, comment.pinned, comment.edited_by, author.badge, this.isOpen, provider]] ||=
        this.kind(comment, waiting, linked, answered, provider)).cloneNode(true);
      const article = made.firstChild, face = article.firstChild, acts = face.nextSibling.lastChild;
      const whose = made.querySelector("bdi"), time = made.querySelector("time");
      article.id = "comment-" + id;
      article.ariaLabel = words.by.replace("{name}", named);
      this.face(author, face);
      whose.firstChild.data = name;
      if (linked) whose.parentNode.href = author.url;
      if (answered) {
        const to = made.querySelector(".to");
        to.querySelector("bdi").firstChild.data = answered.name;
        to.href = there + comment.parent;
      }
      time.dateTime = comment.created_at;
      voice.tick(time);
      if (edited) made.querySelector(".edited").dateTime = edited;
      if (!waiting) {
        time.parentNode.href = there + id;
        const report = acts.lastChild, like = report.previousSibling, reply = like.previousSibling;
        if (reply) reply.ariaLabel = words.replyTo.replace("{name}", named);
        this.warm(like, id, comment.likes, name);
        report.ariaLabel = words.report + " " + name;
      }
      html(acts.previousSibling, comment.html);
      return made;
    }
    shell(attributes, ...children) {
      return el("li", { role: "listitem" }, el("article", { tabindex: -1, ...attributes }, children));
    }
    kind({ author, edited_at: edited, edited_by: editor, pinned }, waiting, linked, answered, provider) {
      const { t, voice: { words: { badges } } } = this;
      const kind = waiting ? "comment waiting" : "comment";
      const badge = (text) => text && el("span", { class: "badge", part: "badge" }, text);
      return this.shell({ class: kind, part: kind },
        this.face({ name: " " }),
        el("div", { class: "main" },
          waiting && el("span", { class: "note" }, t("waiting")),
          el("div", { class: "meta" },
            linked ? el("a", { class: "author", part: "author", rel: "nofollow ugc noopener" }, el("bdi", null, " ")) : el("bdi", { class: "author", part: "author" }, " "),
            badge(badges[author.badge]),
            badge(pinned && t("pinned")),
            el("span", null, [
              provider && el("span", { part: "provider" }, t("via", { provider })),
              el(waiting ? "span" : "a", { class: "time", part: "time" }, el("time", null, " ")),
              edited && el("time", { class: "edited" }, t("edited")),
              badges[editor],
            ].filter(Boolean).flatMap((part, index) => index ? [" · ", part] : part), answered && [" ", el("a", { class: "to" }, this.say("to", { name: " " }))])),
          el("div", { class: "text", part: "text", dir: "auto" }),
          el("div", { class: "acts", part: "actions" }, !waiting && [this.isOpen && this.action("reply"), this.action("like"), this.action("report")])));
    }
    // A thing one can do with a comment.
    action(name, label) {
      return el("button", { class: "act", part: name, "aria-label": label, "aria-pressed": name === "like" && "false" }, this.t(name));
    }
    warm(button, id, likes, whose) {
      const { like } = this.voice.words, count = likes ? " " + this.voice.number.format(likes) : "";
      button.value = id;
      button.firstChild.data = like + count;
      if (this.liked.has(id)) button.ariaPressed = true;
      if (whose) button.ariaLabel = like + " " + whose + count;
      return button;
    }
    applaud({ likes, likers = [] } = {}) {
      this.likers = likers;
      const faces = el("ul", { class: "faces" }, likers.map((person) => el("li", { title: person.name }, this.face(person), el("span", { class: "sr" }, person.name))));
      const words = el("span", { part: "likers" }, likes ? this.say("likers", { count: likes }) : null);
      const button = this.praise.querySelector("button") || this.warm(this.action("like"), "");
      button.className = "button like";
      this.praise.replaceChildren(button, words, likers.length ? faces : "");
    }
    // How a thing is done comes when somebody wants to do it.
    async act(button) {
      const name = button.part[0], id = button.closest("article")?.id.slice(8);
      if (name === "reply") {
        const { value } = this.box;
        return this.open().then((form) => form?.reply(id, value));
      }
      const [form, act] = await Promise.all([this.open(), part("act")].map((part) => part.catch(() => null)));
      if (form && act) act[name](form, this.nodes.get(id), button);
      else this.announce("formFailed");
    }

    face(author, face = el("span", { class: "face", "aria-hidden": "true" }, " ")) {
      let turn = 0;
      for (const letter of author.id || author.name) turn = (turn * 31 + letter.codePointAt()) % 360;
      face.firstChild.data = [...author.name.slice(0, 2), ""][0].toUpperCase();
      face.style.setProperty("--turn", turn);
      const source = own(author.avatar);
      if (!source) return face;
      const image = el("img", { class: "face", alt: "", src: source, srcset: source.endsWith(".webp") && source + " 2x, " + source.replace(".webp", "-large.webp") + " 3x", width: 40, height: 40, loading: "lazy", onerror: () => image.replaceWith(face) });
      face.replaceWith(image);
      return image;
    }

    // The address names a comment: the browser cannot look into our shadow, so we go there ourselves, however far.
    async go() {
      const [, id] = location.hash.split("#comment-");
      if (!id) return;
      while (!this.nodes.has(id) && this.cursor) {
        this.announce("loading");
        if (!await this.load(this.cursor)) return;
      }
      if (this.nodes.has(id)) this.show(id);
      else if (!this.notice.firstChild) this.notice.append(this.t("removed"));
      this.announce();
    }
    show(id) {
      this.shadow.querySelector(".target")?.classList.remove("target");
      const { article } = this.nodes.get(id);
      article.classList.add("target");
      article.focus({ preventScroll: true });
      const there = () => article.scrollIntoView({ block: article.offsetHeight > innerHeight / 2 ? "start" : "center" });
      there();
      // What was only guessed to be so high is laid out now.
      requestAnimationFrame(() => requestAnimationFrame(there));
    }

    // The rest of the form comes when somebody wants to write.
    open() {
      return this.opened ||= part("form").then((form) => new form.Form(this)).catch(() => {
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

  // A tag that starts again whenever one of its attributes changes.
  const tag = (name, watched, Kind) => customElements.define(name, class extends HTMLElement {
    static observedAttributes = watched;
    #at;
    #shadow = name === "comment-count" ? this : this.attachShadow({ mode: "open" });
    connectedCallback() {
      this.disconnectedCallback();
      this.#at = new Kind(this, this.#shadow);
    }
    disconnectedCallback() {
      this.#at?.stop?.();
      this.#at = null;
    }
    attributeChangedCallback(name, before, after) {
      if (this.#at && before !== after) name === "theme" ? this.#at.theme() : this.connectedCallback();
    }
  });

  tag("comment-thread", ["site", "page", "title", "theme", "lang", "sort"], Thread);
  // What counts and lists comments comes on pages that have such a tag.
  const around = (name) => class {
    constructor(host, shadow) {
      Promise.all([part("around"), speak(tongue(host))]).then(([kinds, words]) => kinds[name](host, shadow, words, { api, el, sheet, pageOf, query })).catch(() => {});
    }
  };
  tag("comment-count", ["site", "page", "lang", "number"], around("count"));
  tag("recent-comments", ["site", "limit", "lang"], around("recent"));
})();
