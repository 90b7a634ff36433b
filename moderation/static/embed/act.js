// What one can do with a comment of <comment-thread>: like it, report it, change or withdraw one's own.

export const ENGLISH = {
  why: "Why should a moderator look at this comment?",
  reasons: { spam: "It is spam or advertising.", insult: "It insults or threatens somebody.", private: "It tells something private.", other: "Something else" },
  details: "What is wrong? (optional)",
  sendReport: "Send report",
  reported: "Thank you. A moderator will look at it.",
  cancel: "Cancel",
  save: "Save",
  yourText: "Your comment",
  sure: "Withdraw this comment? Nobody will see it any more.",
  keepIt: "Keep it",
  withdrawn: "Your comment is withdrawn.",
  saved: "Your change is saved.",
  failedAct: "That did not work. Please try again {when}.",
};

const CSS = `
.ask{display:grid;gap:12px;justify-items:start;margin-block:8px 12px;padding:16px;border:1px solid var(--line);border-radius:var(--radius);background:var(--wash)}
.ask label{display:flex;align-items:center;gap:10px;min-block-size:28px;padding-block:4px;line-height:1.4;cursor:pointer}
.ask fieldset{border:0;margin:0;padding:0;min-inline-size:0}
.ask legend{padding:0;margin-block-end:4px;font-weight:600}
.ask input[type=radio]{inline-size:18px!important;block-size:18px;min-block-size:0!important;flex:none;margin:0;accent-color:var(--accent)}
.ask textarea{background:var(--paper);border:1px solid var(--edge);border-radius:calc(var(--radius) - 4px);min-block-size:7em;max-inline-size:100%}
.ask [part=input]{max-inline-size:28em}
.ask .row{display:flex;flex-wrap:wrap;gap:8px}`;

function begin({ thread }) {
  if (thread.acting) return;
  thread.acting = true;
  thread.voice.learn(ENGLISH);
  thread.style(CSS);
}

// What went wrong, in words.
function words({ thread, t }, { status, message, retryAfter }) {
  if (status === 0) return t("offline");
  return (status < 500 && status !== 429 && message) || t("failedAct", { when: retryAfter ? thread.voice.span(retryAfter) : t("soon") });
}

// A question under a comment; one at a time, Escape leaves it, and the focus goes back to where it came from.
function ask(form, node, button, fields, yes, answer) {
  const { thread, el } = form;
  thread.asking?.();
  const error = el("p", { class: "error", role: "alert" });
  const close = (focus) => {
    thread.asking = null;
    question.remove();
    if (focus) (button.isConnected ? button : node.article).focus();
  };
  const go = thread.button(yes, "post", null, "button");
  go.type = "submit";
  const question = el("form", { class: "ask", part: "question", novalidate: true,
    onkeydown: (event) => {
      if (event.key === "Escape") close(true);
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) question.requestSubmit();
    },
    onsubmit: async (event) => {
      event.preventDefault();
      if (go.ariaDisabled === "true") return;
      go.ariaDisabled = "true";
      error.textContent = "";
      try {
        await answer(question);
        close(false);
      } catch (trouble) {
        error.textContent = words(form, trouble);
      }
      go.ariaDisabled = "false";
    } },
    fields, error, el("div", { class: "row" }, go, thread.button(yes === "withdraw" ? "keepIt" : "cancel", "cancel", () => close(true), "button")));
  thread.asking = close;
  node.article.querySelector(".main").append(question);
  question.querySelector("textarea, input, button").focus();
  question.scrollIntoView({ block: "nearest" });
}

export async function like(form, node, button) {
  begin(form);
  const { thread } = form;
  if (!form.session) return form.wantsLogin();
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  const id = button.value, liked = thread.liked.has(id);
  const path = node ? `/api/v1/comments/${id}/like` : "/api/v1/pages/like" + thread.query({ site: thread.site, page: thread.page, url: thread.url });
  try {
    const { likes } = await form.call(path, { method: liked ? "DELETE" : "PUT" });
    if (liked) thread.liked.delete(id);
    else thread.liked.add(id);
    button.setAttribute("aria-pressed", !liked);
    if (node) {
      node.comment.likes = likes;
      thread.warm(button, id, likes, node.comment.author.name);
    } else {
      const me = form.session.person;
      const others = (thread.likers || []).filter((person) => person.id !== me.id);
      thread.applaud({ likes, likers: liked ? others : [me, ...others] });
    }
  } catch (trouble) {
    if (trouble.status !== 401) thread.status.textContent = words(form, trouble);
    else form.wantsLogin();
  }
  button.ariaBusy = null;
}

export function report(form, node, button) {
  begin(form);
  const { el, t, thread } = form;
  const reasons = Object.keys(ENGLISH.reasons);
  const fields = [
    el("fieldset", null, el("legend", null, t("why")), reasons.map((name, index) =>
      el("label", null, el("input", { type: "radio", name: "reason", value: name, checked: index === 0 }), t("reasons." + name)))),
    el("input", { part: "input", name: "details", maxlength: 400, placeholder: t("details"), "aria-label": t("details") }),
  ];
  ask(form, node, button, fields, "sendReport", async ({ elements }) => {
    const reason = ENGLISH.reasons[elements.reason.value].replace(/\.$/, "");
    const details = elements.details.value.trim();
    await form.call(`/api/v1/comments/${node.comment.id}/report`, { method: "POST", body: { reason: details ? reason + ": " + details : reason } });
    thread.announce("reported");
    button.replaceWith(el("span", { class: "act", tabindex: -1 }, t("reported")));
    node.article.querySelector("span.act").focus();
  });
}

// A guest proves it by the comment's own token.
function own(form, id, options) {
  const token = form.owned.get(id);
  const path = "/api/v1/comments/" + id;
  return token ? form.thread.api(path, { ...options, token }) : form.call(path, options);
}

export async function edit(form, node, button) {
  begin(form);
  const { el, t, thread } = form;
  const { id } = node.comment;
  let text = node.comment.body;
  try {
    text ??= (await own(form, id)).body;
  } catch (trouble) {
    thread.status.textContent = words(form, trouble);
    return;
  }
  const box = el("textarea", { "aria-label": t("yourText"), dir: "auto", rows: 4 });
  box.value = text;
  ask(form, node, button, box, "save", async () => {
    const comment = await own(form, id, { method: "PATCH", body: { body: box.value.trim() } });
    const { article } = thread.place({ ...node.comment, ...comment });
    article.focus({ preventScroll: true });
    thread.announce(comment.status === "waiting" ? "waiting" : "saved");
  });
}

export function withdraw(form, node, button) {
  begin(form);
  const { el, t, thread } = form;
  const { id, parent } = node.comment;
  ask(form, node, button, el("p", null, t("sure")), "withdraw", async () => {
    await own(form, id, { method: "DELETE" });
    (await form.mine())?.forget(id);
    if (node.comment.status !== "waiting") thread.count--;
    if (node.answers) thread.place({ id, parent, removed: true });
    else thread.take(id);
    thread.retitle();
    thread.announce("withdrawn");
    thread.heading.tabIndex = -1;
    (thread.nodes.get(parent)?.article || thread.heading).focus({ preventScroll: true });
  });
}
