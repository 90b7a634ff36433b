// Brings a page that shows progress up to date while something is done in the background. Without this script the page
// loads itself anew.
"use strict";

(() => {
  const SECONDS = 1.5;
  const FAILED_SECONDS = 6;

  async function look() {
    const here = document.querySelector("[data-progress]");
    if (!here?.dataset.progress) return;
    let wait = SECONDS;
    try {
      const response = await fetch(here.dataset.progress, { headers: { Accept: "text/html" }, redirect: "error" });
      const page = response.ok && new DOMParser().parseFromString(await response.text(), "text/html");
      const news = page && page.querySelector("[data-progress]");
      if (!news) throw new Error("no progress");
      replace(here, news);
      if (!news.dataset.progress) document.title = page.title;
    } catch {
      wait = FAILED_SECONDS;
    }
    setTimeout(look, wait * 1000);
  }

  function replace(here, news) {
    const button = here.querySelector("form button");
    const bar = here.querySelector("progress");
    const said = here.querySelector("[role=status]");
    if (news.dataset.progress && bar && here.children.length === news.children.length) {
      // The hand may be on the button, and a screen reader at the sentence: only what is new is changed.
      bar.max = news.querySelector("progress").max;
      bar.value = news.querySelector("progress").value;
      said.textContent = news.querySelector("[role=status]").textContent;
      return;
    }
    const held = button && button === document.activeElement;
    here.replaceWith(news);
    if (held) (news.querySelector("form button") || document.querySelector("#main")).focus();
  }

  setTimeout(look, SECONDS * 1000);
})();
