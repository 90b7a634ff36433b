// The opened form of <comment-thread>: who is speaking, sending, and never losing what was typed.
import { random } from "./signin.js";

const CSS = `
.open textarea{min-block-size:8.5em}
.identity,.foot{display:block;padding:16px;background:var(--wash);border-block-start:1px solid var(--line)}
.identity{font-size:.9375em;line-height:1.5}
.prompt{margin-block-end:12px}
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
.error{color:var(--danger);font-size:.9375em;font-weight:600;line-height:1.45}
.error:empty{display:none}
.field .error{margin-block-start:4px;font-size:.875em}
.error::before{content:"!";display:inline-grid;place-items:center;inline-size:1.25em;block-size:1.25em;margin-inline-end:.5em;border:1.5px solid;border-radius:50%;font-size:.8em;font-weight:700;line-height:1}
.card>.error{padding:0 16px 12px}
.identity>.error,.foot>.error{margin-block-end:12px}
.account{display:flex;align-items:center;gap:12px}
.account .face{flex:none;inline-size:36px;block-size:36px}
.account span{text-wrap:balance}
.row{display:flex;flex-wrap:wrap;align-items:center;gap:8px 16px}
.spin{flex:none;inline-size:1.25em;block-size:1.25em;border:2px solid var(--line);border-block-start-color:var(--accent);border-radius:50%}
.said{color:var(--soft);margin-block-end:12px}
.check{display:flex;align-items:center;gap:10px;min-block-size:44px;font-size:.9375em;cursor:pointer}
.check input{flex:none;inline-size:18px;block-size:18px;margin:0;accent-color:var(--accent)}
.foot{padding-block:12px;border-block-start:0}
.send{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:650;margin-inline-start:auto}
.send:hover{color:var(--on-accent);filter:brightness(1.08)}
.send[aria-disabled=true]{opacity:.7;cursor:progress}
@media (prefers-reduced-motion:no-preference){.spin{animation:turn .9s linear infinite}@keyframes turn{to{rotate:1turn}}}
@media (forced-colors:active){.send{border-width:2px}}
@container (max-width:30em){.fields{grid-template-columns:minmax(0,1fr)}.send{inline-size:100%}.provider{flex:1 1 auto}}`;

const FIELDS = ["body", "email", "name", "website"];

// Ties an idempotency key to what is sent: changed words never travel under an old key.
function digest(text) {
  let a = 0x811c9dc5, b = 0x1505;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b, 33) ^ code;
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}

export class Form {
  constructor(thread, SignIn) {
    const { store, box, el, t, say } = thread;
    Object.assign(this, { thread, store, box, el, t, say, parent: "", errors: {}, own: [] });
    thread.style(CSS);
    this.build();
    this.signin = new SignIn(thread, () => this.identify());
    this.signin.resume();
    this.listen();
    if (this.box.value) this.keep();
    else this.restore();
    if (!["out", "in"].includes(this.signin.state.name) || this.box.value || thread.shadow.activeElement === this.box) this.unfold();
    this.mine();
  }

  build() {
    const { el, t } = this;
    this.errors.body = this.error("body");
    this.errors.other = el("p", { class: "error", part: "error", role: "alert", id: "error" });
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
    this.thread.card.append(this.errors.body, this.identity, this.foot);
    this.cancelReply = el("button", { class: "link", part: "cancel-reply", type: "button", hidden: true, onclick: () => this.home(true) }, t("cancelReply"));
    this.thread.top.append(this.cancelReply);
  }
  error(name) {
    return this.thread.el("p", { class: "error", part: "error", role: "alert", id: name + "-error" });
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
    const { form } = this.thread;
    this.box.setAttribute("aria-describedby", "body-error");
    this.box.addEventListener("focus", () => this.unfold());
    this.box.addEventListener("input", () => this.keep());
    form.addEventListener("input", ({ target }) => this.complain(target.id, ""));
    form.addEventListener("submit", () => this.send());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.send();
    });
    addEventListener("online", () => this.unsent && this.send(), { signal: this.thread.life.signal });
  }

  // Only now the site is asked for its ways in.
  unfold() {
    this.thread.form.classList.add("open");
    this.identity.hidden = this.foot.hidden = false;
    if (!this.asked) this.askSite();
    this.signin.prepare();
  }
  fold() {
    if (this.thread.shadow.activeElement === this.box) this.box.blur();
    this.thread.form.classList.remove("open");
    this.identity.hidden = this.foot.hidden = true;
  }
  async askSite() {
    const { el, t } = this;
    this.asked = true;
    try {
      this.settings = await this.thread.api("/api/v1/sites/" + encodeURIComponent(this.thread.site));
    } catch {
      this.asked = false;
      const again = el("button", { class: "link", part: "retry", type: "button", onclick: () => { this.box.focus(); this.askSite(); } }, t("retry"));
      return this.prompt.replaceChildren(t("offline"), " ", again);
    }
    const { providers, guests } = this.settings;
    this.thread.labels = Object.fromEntries(providers.map(({ name, label }) => [name, label]));
    const ways = this.signin.possible ? providers : [];
    this.providers.replaceChildren(...ways.map((provider) => this.way(provider)));
    this.guest.hidden = !guests.allowed;
    if (!guests.email_required) this.guest.querySelector("small").hidden = true;
    for (const input of [this.name, guests.email_required && this.email]) if (input) input.required = true;
    this.prompt.textContent = !ways.length && providers.length ? t("needsHttps") : t(!ways.length ? "fill" : guests.allowed ? "fillOrClick" : "click");
    const known = this.store.get("guest") || {};
    for (const name of FIELDS.slice(1)) this[name].value ||= known[name] || "";
    this.identify();
  }
  way(provider) {
    const { el, html } = this.thread;
    const icon = el("span", { class: "icon", "aria-hidden": "true" }, provider.label[0]);
    if (provider.icon) html(icon, provider.icon);
    return el("button", { class: "button provider", part: "provider-button", type: "button", name: provider.name, onclick: () => this.signin.start(provider) },
      icon, provider.label);
  }

  // What had the focus may go away with the old state; then the next sensible thing gets it.
  identify() {
    if (!this.signin) return;
    const { el, t, say } = this;
    const { name, label, code, still, notice } = this.signin.state;
    const held = this.identity.contains(this.thread.shadow.activeElement);
    const choose = name === "out" || name === "error";
    const link = (key, part, onclick) => el("button", { class: "link", part, type: "button", onclick }, t(key));
    const shown = [];
    if (notice) shown.push(el("p", { class: "said" }, t(notice)));
    if (name === "connecting") {
      const again = () => this.signin.start({ name: this.signin.state.provider, label });
      shown.push(el("div", { class: "row" }, el("span", { class: "spin", "aria-hidden": "true" }), el("span", null, t(still ? "waitingFor" : "connecting", { provider: label })),
        still ? link("again", "again", again) : null, link("cancel", "cancel", () => this.signin.cancel())));
    } else if (name === "exchanging") {
      shown.push(el("div", { class: "row", tabindex: -1 }, el("span", { class: "spin", "aria-hidden": "true" }), t("exchanging")));
    } else if (name === "in") {
      const { person } = this.signin;
      shown.push(el("div", { class: "account", part: "account" }, this.thread.face(person), el("span", null, say("account", {
        name: el("b", null, el("bdi", null, person.name)), provider: this.thread.label(person.provider || ""),
        logout: link("logout", "logout", () => this.signin.logout()), change: link("change", "change", () => this.signin.change()) }))));
    } else if (name === "error") {
      shown.push(el("p", { class: "error", part: "error" }, t(this.thread.words.errors[code] ? "errors." + code : "errors.other", { provider: label || "" })));
    }
    this.said.replaceChildren(...shown);
    this.said.style.marginBlockEnd = choose && shown.length ? "12px" : "";
    this.choices.hidden = !choose;
    if (shown.length && !this.identity.hidden) this.thread.status.textContent = this.said.textContent;
    if (held) (name === "in" ? this.box : this.said.querySelector("button, [tabindex]") || this.choices.querySelector("button") || this.box).focus();
    if (name === "in") this.clear();
    // What waits is for its writer's eyes only.
    else if (!this.signin.session) this.own.splice(0).forEach((id) => this.thread.take(id));
    if (name === "in" && this.greeted !== this.signin.session.token) this.greet();
  }
  async greet() {
    this.greeted = this.signin.session.token;
    const query = new URLSearchParams({ site: this.thread.site, page: this.thread.page });
    try {
      const me = await this.signin.call("/api/v1/me?" + query);
      if (this.signin.session?.token !== this.greeted) return;
      for (const comment of me.comments) if (comment.status === "waiting") this.own.push(this.thread.place(comment).comment.id);
      this.thread.retitle();
      if (JSON.stringify(me.person) !== JSON.stringify(this.signin.person)) this.signin.refresh(me.person);
    } catch { /* signed out meanwhile, or offline: the next call will say so */ }
  }
  // A guest's waiting comments, until they are decided.
  async mine() {
    for (const { id, token, page } of this.store.get("mine") || []) {
      if (page !== this.thread.page) continue;
      try {
        const comment = await this.thread.api("/api/v1/comments/" + id, { token });
        if (comment.status === "waiting") this.thread.place(comment);
        else this.forget(id);
      } catch (trouble) {
        if (trouble.status && trouble.status < 500 && trouble.status !== 429) this.forget(id);
      }
    }
    this.thread.retitle();
  }
  forget(id) {
    const left = this.store.get("mine").filter((kept) => kept.id !== id);
    this.store.set("mine", left.length ? left : null);
  }

  // Drafts, one for each place on the page.
  slot(parent = this.parent) {
    return "draft:" + this.thread.page + ":" + parent;
  }
  keep() {
    const text = this.box.value;
    const kept = this.store.get(this.slot());
    this.unsent = false;
    this.store.set(this.slot(), text ? { text, seed: kept?.seed || random(16), at: Date.now() } : null);
    if (this.store.lost && !this.warned) {
      this.warned = true;
      this.foot.prepend(this.thread.el("p", { class: "said" }, this.thread.t("memoryOnly")));
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

  reply(id) {
    this.move(id);
    this.unfold();
    this.box.focus({ preventScroll: true });
    this.thread.form.scrollIntoView({ block: "nearest" });
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
    this.thread.formHeading.textContent = this.thread.t("leave");
    this.cancelReply.hidden = true;
    this.fill();
    if (!this.box.value) this.fold();
    if (focus) left?.article.querySelector("button").focus();
  }
  fill() {
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
    if (!this.signin.session) {
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
    if (this.wanting()) return;
    const { thread } = this;
    const guest = !this.signin.session && this.details();
    const body = { site: thread.site, page: { key: thread.page, url: thread.url, title: thread.title.slice(0, 300) }, parent: this.parent || null,
      body: this.box.value.trim(), subscribe: this.subscribe.checked, ...(guest && { guest }) };
    if (!this.store.get(this.slot())) this.keep();
    const key = this.store.get(this.slot()).seed + "-" + digest(JSON.stringify(body));
    this.working(true);
    try {
      const comment = await this.signin.call("/api/v1/comments", { method: "POST", body, headers: { "Idempotency-Key": key } });
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
    this.button.textContent = this.thread.t(busy ? "posting" : "post");
  }

  sent(comment, guest) {
    const { thread } = this;
    this.store.set(this.slot(), null);
    this.box.value = "";
    if (guest) this.store.set("guest", { name: guest.name, email: guest.email, website: guest.website });
    const { edit_token: token, ...shown } = comment;
    if (token && comment.status === "waiting") this.store.set("mine", [...(this.store.get("mine") || []).slice(-49), { id: comment.id, token, page: thread.page }]);
    if (comment.status === "approved" && !thread.nodes.has(comment.id)) thread.count++;
    const { article } = thread.place(shown);
    if (!guest && comment.status === "waiting") this.own.push(comment.id);
    thread.retitle();
    this.subscribe.checked = false;
    this.home();
    this.fold();
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: "nearest" });
    thread.announce(comment.status === "waiting" ? "waiting" : "published");
  }
  refused({ status, field, message, retryAfter }, guest) {
    const { t } = this;
    const when = retryAfter ? this.thread.span(retryAfter) : t("soon");
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
