// The sign-in's own pages. The last one hands the sign-in over to the blog, by the first of three roads that works:
//   1. the page that opened this window is still there: tell it;
//   2. the service saw the blog's page itself, or its owner set an exact return address: go there, with the code in the
//      part of the address that no server sees;
//   3. the reader presses a button, this window opens the blog's page and tells it.
// The one-time code is asked for only when there is somebody to give it to. Errors take the same roads.
"use strict";

const ACKNOWLEDGED = 600;
const ANSWERED = 20000;
// The code lives 60 seconds; a younger one is used again, so that a second road does not spoil the first.
const FRESH = 40000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class Handover {
  constructor(element) {
    this.element = element;
    this.button = document.getElementById("continue");
    const { attempt, origin, page, back, error, used } = element.dataset;
    Object.assign(this, { attempt, origin, page, back, error, used: used !== undefined });
  }

  async run() {
    this.show(this.used ? "used" : "working");
    if (this.used) return;
    try {
      if (window.opener && !window.opener.closed && (await this.tell(window.opener))) return this.finish();
      if (this.back) return location.replace(this.back + "#login=" + this.attempt + "." + (await this.part()));
    } catch (trouble) {
      if (trouble.used) return this.show("used");
      this.offer("lost");
      return;
    }
    this.offer("press");
  }

  // What the blog is told: a code, or why there is none.
  async news() {
    if (!this.error && !(this.code && Date.now() - this.madeAt < FRESH)) {
      const answer = await fetch("/login/done/" + this.attempt, { method: "POST", credentials: "same-origin" });
      if (answer.status === 409) throw Object.assign(new Error("used"), { used: true });
      if (!answer.ok) throw new Error("no code");
      const { code, error } = await answer.json();
      Object.assign(this, { code, error, madeAt: Date.now() });
    }
    const said = { t: "login", v: 1, a: this.attempt };
    return this.error ? { ...said, error: this.error } : { ...said, k: this.code };
  }
  async part() {
    const { k, error } = await this.news();
    return error ? "error." + error : k;
  }

  // Tells a window of the blog, and says whether it acknowledged.
  async tell(blog) {
    const news = await this.news();
    const acknowledged = new Promise((resolve) => {
      addEventListener("message", ({ origin, source, data }) => {
        if (origin === this.origin && source === blog && data?.t === "ack" && data.a === this.attempt) resolve(true);
      });
    });
    blog.postMessage(news, this.origin);
    return Promise.race([acknowledged, pause(ACKNOWLEDGED)]);
  }

  offer(state) {
    this.show(state);
    this.button.hidden = false;
    this.button.onclick = () => this.open();
    this.button.focus();
  }
  open() {
    // Opened by the press itself, else the browser refuses; the page says hello when it is there.
    const blog = window.open(this.page);
    if (!blog) return this.offer("refused");
    this.button.hidden = true;
    this.show("opening");
    const listening = new AbortController();
    const silent = setTimeout(() => this.offer("silent"), ANSWERED);
    const greeted = async ({ origin, source, data }) => {
      if (origin !== this.origin || source !== blog || data?.t !== "hello" || data.a !== this.attempt) return;
      listening.abort();
      clearTimeout(silent);
      try {
        if (await this.tell(blog)) this.finish();
        else this.offer("silent");
      } catch (trouble) {
        if (trouble.used) this.show("used");
        else this.offer("lost");
      }
    };
    addEventListener("message", greeted, { signal: listening.signal });
  }

  finish() {
    this.show("done");
    window.close();
  }
  show(state) {
    for (const line of this.element.querySelectorAll("[data-state]")) line.hidden = line.dataset.state !== state;
  }
}

// A button that has just come to light is not pressed on purpose: it rests for half a second.
let resting;
const rest = (button) => {
  button.disabled = true;
  clearTimeout(resting);
  resting = setTimeout(() => (button.disabled = false), 500);
};

const handover = document.getElementById("handover");
if (handover) new Handover(handover).run();

const button = document.getElementById("confirm");
if (button) {
  rest(button);
  addEventListener("focus", () => rest(button));
  document.addEventListener("visibilitychange", () => rest(button));
}
