// Signing in for <comment-thread>, as a public OAuth client of the service: opens its sign-in at top level with a PKCE challenge,
// gets a one-time code back by one of three roads, exchanges it for a token of this site.

const MINUTES_10 = 600000;
const CLOSED_SET = ["denied", "login_expired", "provider_down", "provider_quota", "provider_misconfigured", "provider_bad_reply"];

// Browsers inside other programs, where Google signs nobody in ("disallowed_useragent"); Android marks its own with "wv".
const IN_APP = /FBA[NV]\/|FB_IAB|Instagram|\bLine\/|MicroMessenger|BytedanceWebview|musical_ly|TikTok|Snapchat|Pinterest\/|LinkedInApp|Twitter for|; wv\)/;

export const random = (bytes) => base64(crypto.getRandomValues(new Uint8Array(bytes)));
const base64 = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class SignIn {
  // changed() is called after every change of `state`: its name, and what belongs to it (provider, label, code, notice).
  constructor(thread, changed) {
    Object.assign(this, { thread, changed, store: thread.store, site: thread.site });
    this.possible = !!globalThis.crypto?.subtle;
    const { signal } = thread.life;
    addEventListener("message", (event) => this.fromService(event), { signal });
    addEventListener("storage", (event) => this.fromOtherTab(event), { signal });
    addEventListener("focus", () => this.look(), { signal });
    try {
      this.channel = new BroadcastChannel("moderation:" + this.site);
      this.channel.onmessage = ({ data }) => this.fromReturnedTab(data);
      signal.addEventListener("abort", () => this.channel.close());
    } catch { /* an old browser: the returned tab signs in itself */ }
  }

  get session() {
    return this.store.get("token");
  }
  get person() {
    return this.session?.person;
  }

  set(name, details = {}) {
    this.state = { name, ...details };
    const shown = name === "connecting" ? details.provider : name === "error" ? details.code : "";
    this.thread.host.setAttribute("state", shown ? name + ":" + shown : name);
    this.changed();
  }
  rest(notice) {
    this.set(this.session ? "in" : "out", { notice });
  }

  resume() {
    for (const name of this.store.names("pending:")) if (!this.pending(name.slice(8))) this.store.set(name, null);
    const waiting = this.marked();
    const pending = waiting && this.pending(waiting.a);
    if (pending) this.wait(waiting.a, pending, true);
    else this.rest();
    const login = this.thread.login;
    this.thread.login = null;
    if (login) this.arrive(login, waiting);
    else for (const name of this.store.names("pending:")) this.hello(name.slice(8));
  }
  hello(a) {
    try {
      window.opener?.postMessage({ t: "hello", v: 1, a }, this.thread.service);
    } catch { /* severed */ }
  }

  // Made before the click, so that the click may open a window at once.
  async prepare() {
    if (!this.possible || this.next) return;
    const v = random(32);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(v));
    this.next ||= { a: random(16), v, challenge: base64(new Uint8Array(digest)) };
  }
  async start({ name, label }) {
    if (name === "google" && IN_APP.test(navigator.userAgent)) return this.set("error", { code: "in_app", label });
    if (!this.next) await this.prepare();
    const { a, v, challenge } = this.next;
    this.next = null;
    this.prepare();
    this.forgetPending();
    const pending = { v, provider: name, label, page: this.thread.address, expires: Date.now() + MINUTES_10 };
    this.store.set("pending:" + a, pending);
    const query = this.thread.query({ site: this.site, origin: location.origin, page: this.thread.address, challenge, attempt: a, ...(this.choose && { change: 1 }) });
    const address = this.thread.service + "/login/" + encodeURIComponent(name) + query;
    const left = Math.max(0, screenX + (outerWidth - 520) / 2);
    this.window = window.open(address, "_blank", "popup,width=520,height=700,left=" + left);
    // Set after the window was opened, since a window inherits a copy of it.
    this.mark({ a, tab: !this.window });
    if (!this.window && this.store.lost) {
      this.forgetPending();
      return this.set("error", { code: "blocked", label });
    }
    this.wait(a, pending);
    if (!this.window) location.assign(address);
  }
  wait(a, { provider, label, expires }, still = false) {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.look(true), still ? expires - Date.now() : 20000);
    this.set("connecting", { a, provider, label, still });
  }
  // A window that looks closed may be open: only the reader knows. So we ask, and never conclude.
  look(late) {
    const { name, a, label, still } = this.state;
    if (name !== "connecting") return;
    const pending = this.pending(a);
    if (!pending) this.fail(a, "login_expired", label);
    else if (!still && (late || !this.window || this.window.closed)) this.wait(a, pending, true);
  }
  cancel() {
    try {
      this.window?.close();
    } catch { /* severed */ }
    this.forgetPending();
    this.rest();
  }
  forgetPending() {
    clearTimeout(this.patience);
    const a = this.state?.a ?? this.marked()?.a;
    if (a) this.store.set("pending:" + a, null);
    this.mark(null);
  }

  pending(a) {
    const pending = typeof a === "string" && this.store.get("pending:" + a);
    return pending && pending.expires > Date.now() ? pending : null;
  }
  // The attempt this very tab waits for, over a reload too, and whether the tab itself went to the provider.
  mark(value) {
    this.memory = value;
    try {
      if (value) sessionStorage.setItem(this.store.prefix + "waiting", JSON.stringify(value));
      else sessionStorage.removeItem(this.store.prefix + "waiting");
    } catch { /* memory only */ }
  }
  marked() {
    try {
      return JSON.parse(sessionStorage.getItem(this.store.prefix + "waiting")) || this.memory;
    } catch {
      return this.memory;
    }
  }

  // First road: the service's window speaks to us.
  fromService({ origin, source, data }) {
    if (origin !== this.thread.service || data?.t !== "login" || data.v !== 1 || !this.pending(data.a)) return;
    source?.postMessage({ t: "ack", v: 1, a: data.a }, origin);
    this.finish(data);
  }
  // Second road: we came back with the code in our address, and ask whether another tab waits for it.
  async arrive(login, waiting) {
    const sameTab = waiting?.tab && waiting.a === login.a;
    if (this.channel && !sameTab) {
      const taken = new Promise((resolve) => { this.taken = (a) => a === login.a && resolve(true); });
      this.channel.postMessage({ t: "login", ...login });
      if (await Promise.race([taken, pause(700)])) {
        this.mark(null);
        this.rest("closeThis");
        return window.close();
      }
    }
    // At the return address that the owner has set, nobody was writing: go on to the page where it began.
    const { page } = this.pending(login.a) || {};
    if (page && page !== this.thread.address) return location.replace(page + "#login=" + login.a + "." + (login.k || "error." + login.error));
    this.finish(login);
  }
  fromReturnedTab(data) {
    if (data?.t === "ack") return this.taken?.(data.a);
    if (this.state.name !== "connecting" || this.state.a !== data?.a) return;
    if (data.t === "failed") return this.stop(data.a, data.code, this.state.label);
    if (data.t !== "login" || !this.pending(data.a)) return;
    this.channel.postMessage({ t: "ack", a: data.a });
    this.finish(data);
  }
  fromOtherTab({ key }) {
    if (key !== this.store.prefix + "token" && key !== null) return;
    if (this.session) this.forgetPending();
    if (this.session || this.state.name === "in") this.rest(this.session ? "" : "loggedOut");
  }

  // One tab only uses a code, and only with a pending record of our own: a planted code finds none.
  async finish({ a, k, error }) {
    const claim = async () => {
      const pending = this.pending(a);
      if (!pending) return;
      clearTimeout(this.patience);
      if (typeof k !== "string") return this.fail(a, CLOSED_SET.includes(error) ? error : "other", pending.label);
      this.set("exchanging");
      try {
        const answer = await this.exchange({ code: k, code_verifier: pending.v, attempt: a, site: this.site });
        this.choose = false;
        this.store.set("token", { token: answer.access_token, person: answer.person });
        this.end(a);
        this.rest();
      } catch (trouble) {
        this.fail(a, trouble.status ? "login_expired" : "offline", pending.label);
      }
    };
    if (navigator.locks) await navigator.locks.request("moderation:" + a, { ifAvailable: true }, (lock) => lock && claim());
    else await claim();
  }
  // An answer that got lost may be asked for again with the same code and verifier.
  async exchange(body) {
    for (let tries = 1; ; tries++) {
      try {
        return await this.thread.api("/api/v1/token", { method: "POST", body });
      } catch (trouble) {
        if ((trouble.status && trouble.status < 500) || tries === 4) throw trouble;
        await pause(tries * 1000);
      }
    }
  }
  end(a) {
    this.store.set("pending:" + a, null);
    if (this.marked()?.a === a) this.mark(null);
  }
  // The tab that waits may be another than the one that was told.
  fail(a, code, label) {
    this.stop(a, code, label);
    if (!this.thread.life.signal.aborted) this.channel?.postMessage({ t: "failed", a, code });
  }
  stop(a, code, label) {
    clearTimeout(this.patience);
    this.end(a);
    this.set("error", { code, label });
  }

  // A call as the one who is signed in; a refused token signs out and leaves the text alone.
  async call(path, options = {}) {
    const token = this.session?.token;
    try {
      return await this.thread.api(path, { ...options, token });
    } catch (trouble) {
      if (trouble.status === 401 && token) {
        this.store.set("token", null);
        this.rest("signedOut");
      }
      throw trouble;
    }
  }
  refresh(person) {
    this.store.set("token", { ...this.session, person });
    this.rest();
  }
  logout() {
    const { token } = this.session || {};
    this.store.set("token", null);
    this.rest("loggedOut");
    if (token) this.thread.api("/api/v1/logout", { method: "POST", token, keepalive: true }).catch(() => {});
  }
  change() {
    this.choose = true;
    this.store.set("token", null);
    this.rest();
  }
}
