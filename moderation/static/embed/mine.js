// One's own comments in <comment-thread>: they can be changed for a while, and taken back.

export const ENGLISH = {
  edit: "Edit",
  withdraw: "Withdraw",
  rejected: "Your comment was not published.",
};

// How long a guest's browser keeps the right to change what is published, and shows what was rejected: milliseconds.
const KEPT = 86400000;

export class Mine {
  constructor(form) {
    Object.assign(this, { form, thread: form.thread });
    form.thread.voice.learn(ENGLISH);
    form.thread.decorate = (node) => this.decorate(node);
    this.mark();
    this.look();
  }

  mark() {
    for (const node of this.thread.nodes.values()) this.decorate(node);
  }
  // What was rejected stands in its place like what waits, and says so with the moderator's words for its writer.
  reject(comment) {
    return this.thread.place({ ...comment, status: "waiting", rejected: true });
  }
  decorate({ comment: { id, author, created_at: moment, rejected, reason }, article }) {
    const { form, thread } = this;
    if (rejected) article.querySelector(".note").replaceChildren(thread.t("rejected"), " ", thread.el("bdi", null, reason));
    if (!author || article.querySelector("[part=withdraw]") || !(form.owned.has(id) || author.id === form.session?.person.id)) return;
    article.querySelector("[part=report]")?.remove();
    const young = !rejected && Date.now() - new Date(moment) < (form.settings?.edit_window ?? 300) * 1000;
    for (const name of ["edit", "withdraw"]) if (name !== "edit" || young) article.querySelector(".acts").append(thread.action(name, thread.t(name) + " " + author.name));
  }
  // Somebody else is here now.
  leave() {
    const { form, thread } = this;
    for (const { comment, article } of [...thread.nodes.values()]) {
      if (form.owned.get(comment.id)) continue;
      form.owned.delete(comment.id);
      if (comment.status === "waiting") thread.take(comment.id);
      else for (const part of ["edit", "withdraw"]) article.querySelector(`[part=${part}]`)?.remove();
    }
  }

  // A guest's comments, as long as they wait or are fresh.
  async look() {
    const { form, thread } = this;
    for (const [id, token] of Object.entries(form.store.get(form.kept()) || {})) {
      if (form.owned.has(id)) continue;
      try {
        const comment = await thread.api("/api/v1/comments/" + id, { token });
        const old = Date.now() - new Date(comment.created_at) > KEPT;
        const rejected = comment.status === "rejected";
        if (comment.status !== "waiting" && (old || !(rejected || comment.status === "approved"))) this.forget(id);
        else form.owned.set(id, token);
        const node = rejected ? this.reject(comment) : comment.status === "waiting" ? thread.place(comment) : thread.nodes.get(id);
        if (node) this.decorate(node);
      } catch (trouble) {
        if (trouble.status && trouble.status < 500 && trouble.status !== 429) this.forget(id);
      }
    }
    thread.retitle();
  }
  forget(id) {
    const { form } = this;
    const { [id]: _, ...left } = form.store.get(form.kept()) || {};
    form.owned.delete(id);
    form.store.set(form.kept(), Object.keys(left).length ? left : null);
  }
}
