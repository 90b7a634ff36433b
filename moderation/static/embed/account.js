// Who is speaking, when it is not a guest: what the form of <comment-thread> shows while somebody signs in, and afterwards.

export const ENGLISH = {
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
  signedOut: "You have been signed out. Your text is still here; please sign in again.",
  errors: {
    denied: "{provider} did not sign you in: the request was declined.",
    login_expired: "Signing in took too long. Please try again.",
    provider_down: "{provider} cannot be reached just now. Try again later, or use another way.",
    provider_quota: "{provider} allows no more sign-ins here for now. Please use another way.",
    provider_misconfigured: "Signing in with {provider} is not set up correctly on this site. Please use another way.",
    provider_bad_reply: "{provider} gave an answer that we do not understand. Please use another way.",
    in_app: "{provider} signs nobody in inside another app. Open this page in your browser, or use another way.",
    blocked: "Your browser blocked the sign-in window. Allow pop-ups for this page, or use another way.",
    offline: "The connection was lost while signing in. Please try again.",
    other: "Signing in did not work. Please try again, or use another way.",
  },
};

const CSS = `
.account{display:flex;align-items:center;gap:12px}
.account .face{flex:none;inline-size:36px;block-size:36px}
.account span{text-wrap:balance}
.spin{flex:none;inline-size:1.25em;block-size:1.25em;border:2px solid var(--line);border-block-start-color:var(--accent);border-radius:50%}
@media (prefers-reduced-motion:no-preference){.spin{animation:turn .9s linear infinite}@keyframes turn{to{rotate:1turn}}}`;

export class Account {
  constructor(form, SignIn) {
    const { thread } = form;
    Object.assign(this, { form, thread });
    thread.voice.learn(ENGLISH);
    thread.style(CSS);
    form.shown = () => this.show();
    this.signin = form.signin = new SignIn(thread, form.shown);
    this.signin.resume();
    this.signin.prepare();
    if (!["out", "in"].includes(this.signin.state.name)) form.unfold();
  }

  // What had the focus may go away with the old state; then the next sensible thing gets it.
  show() {
    const { form, thread } = this;
    if (!this.signin?.state) return;
    const { el, t, say } = thread;
    const { name, label, code, still, notice } = this.signin.state;
    const held = form.identity.contains(thread.shadow.activeElement);
    const choose = name === "out" || name === "error";
    const row = (...children) => el("div", { class: "row", tabindex: name === "exchanging" ? -1 : null }, el("span", { class: "spin", "aria-hidden": "true" }), ...children);
    const shown = [];
    if (notice) shown.push(el("p", { class: "said" }, t(notice)));
    if (name === "connecting") {
      const again = () => this.signin.start({ name: this.signin.state.provider, label });
      shown.push(row(el("span", null, t(still ? "waitingFor" : "connecting", { provider: label })),
        still && thread.button("again", "again", again), thread.button("cancel", "cancel", () => this.signin.cancel())));
    } else if (name === "exchanging") {
      shown.push(row(t("exchanging")));
    } else if (name === "in") {
      const { person } = this.signin;
      shown.push(el("div", { class: "account", part: "account" }, thread.face(person), el("span", null, say("account", {
        name: el("b", null, el("bdi", null, person.name)), provider: thread.label(person.provider || ""),
        logout: thread.button("logout", "logout", () => this.signin.logout()), change: thread.button("change", "change", () => this.signin.change()) }))));
    } else if (name === "error") {
      shown.push(el("p", { class: "error", part: "error" }, t(thread.voice.words.errors[code] ? "errors." + code : "errors.other", { provider: label || "" })));
    }
    form.said.replaceChildren(...shown);
    form.said.style.marginBlockEnd = choose && shown.length ? "12px" : "";
    form.choices.hidden = !choose;
    if (shown.length && !form.identity.hidden) thread.status.textContent = form.said.textContent;
    if (held) (name === "in" ? form.box : form.said.querySelector("button, [tabindex]") || form.choices.querySelector("button") || form.box).focus();
    if (name === "in") {
      form.clear();
      if (this.greeted !== this.signin.session.token) this.greet();
    } else if (!this.signin.session) this.leave();
  }
  async greet() {
    const { form, thread, signin } = this;
    this.greeted = signin.session.token;
    try {
      const me = await signin.call("/api/v1/me" + thread.query({ site: thread.site, page: thread.page }));
      if (signin.session?.token !== this.greeted) return;
      this.like(me.liked?.comments || [], me.liked?.page);
      const mine = await form.mine();
      for (const comment of me.comments) {
        form.owned.set(comment.id, null);
        if (comment.status === "waiting") thread.place(comment);
        else if (comment.status === "rejected") mine?.reject(comment);
      }
      mine?.mark();
      thread.retitle();
      if (thread.stringify(me.person) !== thread.stringify(signin.person)) signin.refresh(me.person);
    } catch { /* signed out meanwhile, or offline: the next call will say so */ }
  }
  // What waits, and what one likes, is for one's own eyes only.
  leave() {
    this.greeted = null;
    this.like([], false);
    this.form.all?.then((mine) => mine?.leave());
  }
  like(comments, page) {
    const { thread } = this;
    thread.liked = new Set(page ? [...comments, ""] : comments);
    for (const button of thread.shadow.querySelectorAll("[part=like]")) button.setAttribute("aria-pressed", thread.liked.has(button.value));
  }
}
