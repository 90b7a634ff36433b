// The opened form of <comment-thread>: a guest's details, sending, and never losing what was typed.
// What signing in needs, the toolbar and the rest come when they are used.

export const ENGLISH = {
  leaveTo: "Leave a Reply to {name}",
  cancelReply: "Cancel reply",
  fillOrClick: "Fill in your details below or click an icon to log in:",
  fill: "Fill in your details below:",
  click: "Click an icon to log in:",
  opening: "One moment…",
  email: "Email",
  name: "Name",
  website: "Website",
  required: "(required)",
  neverPublic: "Address never made public",
  needsHttps: "Signing in needs a page served over https. You can still comment with your details.",
  memoryOnly: "Your browser keeps nothing for this page: your text and your sign-in last until you leave it.",
  format: "Formatting",
  bold: "Bold",
  italic: "Italic",
  link: "Link",
  code: "Code",
  quote: "Quote",
  preview: "Preview",
  notify: "Notify me of new comments via email.",
  post: "Post Comment",
  posting: "Posting…",
  sendAgain: "Send again",
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
};

const CSS = `
.open textarea{min-block-size:8.5em}
.identity,.foot{display:block;padding:16px;background:var(--wash);border-block-start:1px solid var(--line)}
.identity{font-size:.9375em;line-height:1.5}
.providers{display:flex;flex-wrap:wrap;gap:8px;margin-block-end:16px}
.providers:empty{display:none}
.provider{display:inline-flex;white-space:nowrap;align-items:center;gap:.5em;padding-inline:12px 14px}
.icon{flex:none;display:grid;place-items:center;inline-size:1.25em;block-size:1.25em;font-weight:700}
.icon svg{display:block;inline-size:100%;block-size:100%}
.fields{display:grid;grid-template-columns:minmax(0,1.35fr) minmax(0,1fr) minmax(0,1fr);gap:12px 16px;align-items:start}
.field label{display:block;font-weight:600;margin-block-end:4px}
.field small,.hint{font-size:.8667em;font-weight:400;color:var(--soft)}
.hint{margin-block-start:4px}
input:not([type=checkbox]){display:block;inline-size:100%;min-block-size:44px;padding:8px 12px;margin:0;font:inherit;font-size:max(1em,16px);color:inherit;
  background:var(--paper);border:1px solid var(--edge);border-radius:calc(var(--radius) - 4px)}
input:focus-visible{outline-offset:-1px;border-color:var(--accent)}
[aria-invalid=true]:not(#body){border-color:var(--danger)!important;border-width:2px!important}
.error{color:var(--danger);font-size:.9375em;font-weight:600;line-height:1.5}
.error:empty{display:none}
.field .error{margin-block-start:4px;font-size:.875em}
.error::before{content:"⚠\\fe0e";margin-inline-end:.4em}
.card>.error{padding:0 16px 12px}
.prompt,.identity>.error,.foot>.error{margin-block-end:12px}
[role=toolbar]{display:flex;flex-wrap:wrap;padding:0 8px 4px}
[role=toolbar] button{padding:4px 8px;min-block-size:32px;font-size:.875em;color:var(--soft)}
[role=toolbar] button:hover,[role=toolbar] [aria-pressed=true]{background:var(--wash);color:var(--accent)}
[name=bold]{font-weight:700}[name=italic]{font-style:italic}[name=link]{text-decoration:underline}[name=code]{font-family:monospace}
[name=preview]{margin-inline-start:auto}
.row{display:flex;flex-wrap:wrap;align-items:center;gap:8px 16px}
.said{color:var(--soft);margin-block-end:12px}
.check{display:flex;align-items:center;gap:10px;min-block-size:44px;font-size:.9375em;cursor:pointer}
.check input{flex:none;inline-size:18px;block-size:18px;margin:0;accent-color:var(--accent)}
.foot{padding-block:12px;border-block-start:0}
.send{background:var(--accent);border-color:var(--accent);color:var(--on-accent);margin-inline-start:auto}
.send:hover{color:var(--on-accent);filter:brightness(1.08)}
.send[aria-disabled=true]{opacity:.7}
.waiting{background:var(--wash);padding:16px;margin-block:8px;border:1px solid var(--line)}
.note{display:block;color:var(--soft);font-size:.875em;font-weight:600;margin-block-end:4px}
.note::before{content:"";display:inline-block;inline-size:.5em;block-size:.5em;margin-inline-end:.5em;border-radius:50%;background:var(--accent);vertical-align:.1em}
@media (forced-colors:active){.send{border-width:2px}}
@container (max-width:34em){.waiting{padding:12px}}
@container (max-width:30em){.fields{grid-template-columns:minmax(0,1fr)}.send{inline-size:100%}.provider{flex:1 1 auto}}`;
const FIELDS = ["body", "email", "name", "website"];
const WHO = ["account", "signin"];
const TOOLS = ["bold", "italic", "link", "code", "quote", "preview"];
const KEYS = { b: "bold", i: "italic", k: "link", e: "code" };

const random = () => crypto.getRandomValues(new Uint32Array(4)).join("");

// Ties an idempotency key to what is sent: changed words never travel under an old key.
function digest(text) {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(), 0x01000193);
  return text.length.toString(36) + "-" + (hash >>> 0).toString(36);
}

export class Form {
  constructor(thread) {
    const { store, box, el, t, say } = thread;
    Object.assign(this, { thread, store, box, el, t, say, parent: "", errors: {}, owned: new Map() });
    thread.voice.learn(ENGLISH);
    thread.style(CSS);
    this.possible = !!globalThis.crypto?.subtle;
    this.build();
    this.listen();
    if (this.box.value) this.keep();
    else this.restore();
    if (this.box.value || thread.shadow.activeElement === this.box) this.unfold();
    if (thread.login || this.session || store.names("pending:").length) this.account();
    if (store.get(this.kept())) this.mine();
  }
  get session() {
    return this.store.get("token");
  }

  build() {
    const { el, t, thread } = this;
    this.errors.body = this.error("body");
    this.errors.other = el("p", { class: "error", part: "error", role: "alert", id: "error" });
    this.tools = el("div", { role: "toolbar", part: "toolbar", "aria-label": t("format"), hidden: true }, TOOLS.map((name, index) =>
      el("button", { name, type: "button", part: "tool", tabindex: index ? -1 : 0, onclick: () => this.tool(name) }, t(name))));
    this.prompt = el("p", { class: "prompt" }, t("opening"));
    this.providers = el("div", { class: "providers", part: "providers", role: "group", "aria-label": t("click") });
    this.guest = el("div", { class: "fields", hidden: true },
      this.field("email", { type: "email", autocomplete: "email", inputmode: "email" }, t("neverPublic")),
      this.field("name", { autocomplete: "name", maxlength: 200 }),
      this.field("website", { autocomplete: "url", inputmode: "url" }));
    this.choices = el("div", null, this.prompt, this.providers, this.guest);
    this.said = el("div");
    this.identity = el("div", { class: "identity", part: "identity" }, this.said, this.choices);
    this.subscribe = el("input", { type: "checkbox", id: "subscribe" });
    this.button = el("button", { class: "button send", part: "post", type: "submit" }, t("post"));
    this.foot = el("div", { class: "foot" }, this.errors.other,
      el("div", { class: "row" }, el("label", { class: "check" }, this.subscribe, t("notify")), this.button));
    this.identity.hidden = this.foot.hidden = true;
    thread.card.append(this.errors.body, this.tools, this.identity, this.foot);
    this.cancelReply = thread.button("cancelReply", "cancel-reply", () => this.home(true));
    this.cancelReply.hidden = true;
    thread.top.append(this.cancelReply);
  }
  error(name) {
    return this.el("p", { class: "error", part: "error", role: "alert", id: name + "-error" });
  }
  field(name, attributes, hint) {
    const { el, t } = this;
    this.errors[name] = this.error(name);
    this[name] = el("input", { id: name, name, part: "input", "aria-describedby": (hint ? name + "-hint " : "") + name + "-error", ...attributes });
    return el("div", { class: "field", part: "field" },
      el("label", { for: name }, t(name), name === "website" ? "" : el("small", null, " " + t("required"))), this[name],
      hint && el("p", { class: "hint", part: "hint", id: name + "-hint" }, hint), this.errors[name]);
  }

  listen() {
    const { form, life: { signal } } = this.thread;
    for (const sign of ["pointerover", "focusin"]) this.providers.addEventListener(sign, () => this.account(), { once: true });
    this.box.setAttribute("aria-describedby", "body-error");
    this.box.addEventListener("focus", () => this.unfold());
    this.box.addEventListener("input", () => this.keep());
    form.addEventListener("input", ({ target }) => this.complain(target.id, ""));
    form.addEventListener("submit", () => this.send());
    form.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      const name = event.target === this.box && !event.altKey && KEYS[event.key];
      if (event.key === "Enter") this.send();
      else if (name) this.tool(name);
      if (name) event.preventDefault();
    });
    this.tools.addEventListener("keydown", (event) => event.key.startsWith("Arrow") && this.part("tools").then((tools) => tools?.walk(this, event.key)));
    addEventListener("online", () => this.unsent && this.send(), { signal });
    addEventListener("storage", ({ key }) => key === this.store.prefix + "token" && this.account(), { signal });
  }
  async tool(name) {
    const tools = await this.part("tools");
    tools?.use(this, name);
  }
  part(name) {
    return this.thread.part(name).catch(() => { this.complain("other", this.t("formFailed")); });
  }

  // Who signs in, or has, needs two parts more; others do not load them.
  account() {
    return this.who ||= Promise.all(WHO.map((name) => this.part(name))).then(([account, signin]) => {
      if (account && signin) new account.Account(this, signin.SignIn);
      else this.who = null;
      return this.signin;
    });
  }
  async call(path, options) {
    if (this.session) await this.account();
    return this.signin ? this.signin.call(path, options) : this.thread.api(path, options);
  }

  // Only now the site is asked for its ways in.
  unfold() {
    this.thread.form.classList.add("open");
    this.identity.hidden = this.foot.hidden = this.tools.hidden = false;
    if (!this.asked) this.askSite();
  }
  fold() {
    if (this.thread.shadow.activeElement === this.box) this.box.blur();
    this.thread.form.classList.remove("open");
    this.identity.hidden = this.foot.hidden = this.tools.hidden = true;
  }
  async askSite() {
    const { t, thread } = this;
    this.asked = true;
    try {
      this.settings = await thread.api("/api/v1/sites/" + encodeURIComponent(thread.site));
    } catch {
      this.asked = false;
      const again = thread.button("retry", "retry", () => { this.box.focus(); this.askSite(); });
      return this.prompt.replaceChildren(t("offline"), " ", again);
    }
    const { providers, guests } = this.settings;
    thread.labels = Object.fromEntries(providers.map(({ name, label }) => [name, label]));
    const ways = this.possible ? providers : [];
    this.providers.replaceChildren(...ways.map((provider) => this.way(provider)));
    this.guest.hidden = !guests.allowed;
    if (!guests.email_required) this.guest.querySelector("small").hidden = true;
    for (const input of [this.name, guests.email_required && this.email]) if (input) input.required = true;
    this.prompt.textContent = !ways.length && providers.length ? t("needsHttps") : t(!ways.length ? "fill" : guests.allowed ? "fillOrClick" : "click");
    if (this.settings.privacy) this.foot.append(this.thread.el("p", { class: "said", part: "privacy", dir: "auto" }, this.settings.privacy));
    const known = this.store.get("guest") || {};
    for (const name of FIELDS.slice(1)) this[name].value ||= known[name] || "";
    this.shown?.();
  }
  way(provider) {
    const { el, html } = this.thread;
    const icon = el("span", { class: "icon", "aria-hidden": "true" }, provider.label[0]);
    if (provider.icon) html(icon, provider.icon);
    return el("button", { class: "button provider", part: "provider-button", type: "button", name: provider.name,
      onclick: () => this.account().then((signin) => signin?.start(provider)) }, icon, provider.label);
  }
  // Something that only somebody signed in can do.
  wantsLogin() {
    this.unfold();
    this.complain("other", this.t("loginFirst"));
    this.thread.form.scrollIntoView({ block: "nearest" });
    this.box.focus({ preventScroll: true });
  }

  // One's own comments, which one may change or take back: a guest by the comment's own token.
  kept() {
    return "own:" + this.thread.page;
  }
  mine() {
    return this.all ||= this.part("mine").then((mine) => mine && new mine.Mine(this));
  }

  // Drafts, one for each place on the page.
  slot(parent = this.parent) {
    return "draft:" + this.thread.page + ":" + parent;
  }
  keep() {
    const text = this.box.value;
    // Whoever writes may sign in next: the press on an icon then waits for nothing.
    this.woken ||= WHO.map((name) => this.thread.part(name).catch(() => {}));
    const kept = this.store.get(this.slot());
    this.unsent = false;
    this.store.set(this.slot(), text ? { text, seed: kept?.seed || random(), at: Date.now() } : null);
    if (this.store.lost && !this.warned) {
      this.warned = true;
      this.foot.prepend(this.el("p", { class: "said" }, this.t("memoryOnly")));
    }
  }
  restore() {
    const start = this.slot("");
    const [latest] = this.store.names(start).map((name) => ({ parent: name.slice(start.length), ...this.store.get(name) }))
      .filter(({ parent }) => !parent || this.thread.nodes.has(parent)).sort((a, b) => b.at - a.at);
    if (!latest) return;
    if (latest.parent) this.move(latest.parent);
    else this.box.value = latest.text;
  }

  // What was typed between the press and our coming is meant for the answer.
  reply(id, before) {
    const typed = this.box.value;
    if (typed !== before) this.type(before);
    this.move(id);
    if (typed !== before) this.type(typed);
    this.unfold();
    this.box.focus({ preventScroll: true });
    this.thread.form.scrollIntoView({ block: "nearest" });
  }
  type(text) {
    this.box.value = text;
    this.keep();
  }
  move(id) {
    const node = this.thread.nodes.get(id);
    const { el, say } = this;
    this.parent = id;
    node.article.after(this.thread.form);
    this.thread.formHeading.replaceChildren(...say("leaveTo", { name: el("bdi", null, node.comment.author.name) }));
    this.cancelReply.hidden = false;
    this.fill();
  }
  home(focus) {
    const left = this.thread.nodes.get(this.parent);
    this.parent = "";
    this.thread.home.append(this.thread.form);
    this.thread.formHeading.textContent = this.t("leave");
    this.cancelReply.hidden = true;
    this.fill();
    if (!this.box.value) this.fold();
    if (focus) left?.article.querySelector("[part=reply]").focus();
  }
  // Before the thread is built anew.
  leave() {
    if (this.parent) this.home();
  }
  fill() {
    this.endPreview?.();
    this.box.value = this.store.get(this.slot())?.text || "";
    this.unsent = false;
    this.clear();
  }
  clear() {
    for (const name of Object.keys(this.errors)) this.complain(name, "");
  }

  complain(name, text) {
    const place = this.errors[name];
    if (!place || (!text && !place.textContent)) return;
    place.textContent = text;
    const input = name === "body" ? this.box : this[name];
    input?.setAttribute?.("aria-invalid", !!text);
    return input;
  }
  wanting() {
    const { t } = this;
    const wrong = [];
    if (!this.box.value.trim()) wrong.push(["body", t("writeFirst")]);
    if (!this.session) {
      if (!this.settings) wrong.push(["other", t("opening")]);
      else if (this.guest.hidden || this.choices.hidden) wrong.push(["other", t("loginFirst")]);
      else {
        if (this.email.required && !this.email.value.trim()) wrong.push(["email", t("needEmail")]);
        else if (!this.email.validity.valid) wrong.push(["email", t("badEmail")]);
        if (!this.name.value.trim()) wrong.push(["name", t("needName")]);
      }
    }
    wrong.map((words) => this.complain(...words))[0]?.focus();
    return wrong.length > 0;
  }

  async send() {
    if (this.busy) return;
    this.clear();
    this.endPreview?.();
    if (this.wanting()) return;
    const { thread } = this;
    const guest = !this.session && this.details();
    const body = { site: thread.site, page: { key: thread.page, url: thread.url, title: thread.title.slice(0, 300) }, parent: this.parent || null,
      body: this.box.value.trim(), subscribe: this.subscribe.checked, ...(guest && { guest }) };
    if (!this.store.get(this.slot())) this.keep();
    const key = this.store.get(this.slot()).seed + "-" + digest(thread.stringify(body));
    this.working(true);
    try {
      const comment = await this.call("/api/v1/comments", { method: "POST", body, headers: { "Idempotency-Key": key } });
      this.working(false);
      this.sent(comment, guest);
    } catch (trouble) {
      this.working(false);
      this.refused(trouble, guest);
    }
  }
  details() {
    const [email, name, website] = ["email", "name", "website"].map((field) => this[field].value.trim());
    const address = website && !/^[a-z][a-z0-9+.-]*:/i.test(website) ? "https://" + website : website;
    return { name, ...(email && { email }), website: address || null };
  }
  working(busy) {
    this.busy = busy;
    this.unsent = false;
    this.box.readOnly = busy;
    this.button.setAttribute("aria-disabled", busy);
    this.button.textContent = this.t(busy ? "posting" : "post");
  }

  sent(comment, guest) {
    const { thread } = this;
    this.store.set(this.slot(), null);
    this.box.value = "";
    if (guest) this.store.set("guest", { name: guest.name, email: guest.email, website: guest.website });
    const { edit_token: token, ...shown } = comment;
    this.owned.set(comment.id, token);
    if (token) this.store.set(this.kept(), { ...this.store.get(this.kept()), [comment.id]: token });
    if (comment.status === "approved" && !thread.nodes.has(comment.id)) thread.count++;
    const { article } = thread.place(shown);
    thread.retitle();
    this.subscribe.checked = false;
    this.home();
    this.fold();
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: "nearest" });
    thread.announce(comment.status === "waiting" ? "waiting" : "published");
    this.mine();
  }
  // What went wrong, beside what is to blame; returns the field.
  refused({ status, field, message, retryAfter }, guest) {
    const { t } = this;
    const when = retryAfter ? this.thread.voice.span(retryAfter) : t("soon");
    if (status === 0) {
      this.unsent = true;
      this.button.textContent = t("sendAgain");
      return this.complain("other", t(navigator.onLine ? "offline" : "offlineLater"));
    }
    if (status === 401 && !guest) return;
    if (status === 429) return this.complain("other", t("tooMany", { when }));
    if (status >= 500) return this.complain("other", t("busy", { when }));
    const name = status === 413 ? "body" : field?.split(".").pop();
    const known = FIELDS.includes(name) && (name === "body" || (field.startsWith("guest") && !this.guest.hidden));
    this.complain(known ? name : "other", message || t("failedPost"))?.focus();
  }
}
