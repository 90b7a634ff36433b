// The dashboard works without this script, by plain forms. With it, decisions need no new page, can be made with the
// keyboard, and are shown before the service has answered; what then fails is put back, and says why.
"use strict";

(() => {
  const ENDED = "Your session has ended, so nothing was decided.";
  const OFFLINE = "There is no connection, so nothing was decided. Please try again when you are online.";
  const BROKEN = "The service has a problem just now, so nothing was decided. Please try again in a moment.";
  const SAID = { approved: "Approved.", rejected: "Rejected.", spam: "Marked as spam.", waiting: "Back to waiting." };
  const TOAST_SECONDS = 12;
  const FOLD_ABOVE = 520;
  const FEW = 8;
  const COUNTED_TO = 10_000;
  const AT_ONCE = 50;

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const list = document.querySelector("[data-queue]");
  const toasts = document.body.appendChild(make("div", { className: "toasts", role: "status" }));
  // Decisions of this visit, the newest last: { card, mark, sent }; sent resolves to the answer, or to null if it failed.
  const past = [];
  let fetching = false, underWay = 0, crossed = false, counting = false;

  function make(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  // --- Talking to the service --------------------------------------------------------------------------------------

  class Trouble extends Error {
    constructor(sentence, link) {
      super(sentence);
      this.link = link;
    }
  }

  async function send(address, fields) {
    underWay += 1;
    crossed ||= underWay > 1 || counting;
    try {
      return await asked(address, fields);
    } finally {
      underWay -= 1;
      if (crossed && !underWay && !counting) recount();
    }
  }

  async function asked(address, fields) {
    let response;
    try {
      response = await fetch(address, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { Accept: "application/json" },
        keepalive: true,
        redirect: "error",
      });
    } catch {
      throw new Trouble(OFFLINE);
    }
    const answer = await response.json().catch(() => null);
    if (response.status === 401) throw new Trouble(ENDED, [answer?.sign_in || location.href, "Sign in"]);
    if (response.status === 422 && answer?.sentence) throw new Trouble(answer.sentence);
    if (response.status === 400 && answer) throw new Trouble(answer.sentence, [location.href, "Reload"]);
    if (!response.ok || !answer) throw new Trouble(BROKEN);
    count(answer.counts);
    return answer;
  }

  function count(numbers) {
    for (const [status, number] of Object.entries(numbers)) {
      for (const place of all(`[data-count="${status}"]`)) place.textContent = told(number);
    }
    if (list?.dataset.queue === "waiting") {
      const rest = document.title.replace(/^\([\d,]+\+?\) /, "");
      document.title = numbers.waiting ? `(${told(numbers.waiting)}) ${rest}` : rest;
    }
  }

  // Answers overtake each other, and each counts as of its own moment: when all are there, it is looked up once.
  async function recount() {
    crossed = false;
    counting = true;
    const response = await fetch(location.href).catch(() => null);
    const page = response?.ok && !response.redirected ? await pageIn(response).catch(() => null) : null;
    counting = false;
    if (!page || underWay) return;
    if (crossed) return recount();
    for (const place of all("[data-count]", page)) {
      for (const shown of all(`[data-count="${place.dataset.count}"]`)) shown.textContent = place.textContent;
    }
    if (list?.dataset.queue === "waiting") document.title = page.title;
  }

  const pageIn = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");

  function told(number) {
    return number > COUNTED_TO ? `${COUNTED_TO.toLocaleString("en")}+` : number.toLocaleString("en");
  }

  // --- Saying ------------------------------------------------------------------------------------------------------

  // For those who hear the page, where the others see it.
  function tell(sentence) {
    toasts.querySelector(".unseen")?.remove();
    toasts.append(make("span", { className: "unseen", textContent: sentence }));
  }

  function say(sentence, { undo = false, link, lasting = false } = {}) {
    const toast = make("div", { className: "toast" }, make("span", { textContent: sentence }));
    if (undo) {
      const button = make("button", { type: "button", textContent: "Undo", onclick: takeBack });
      if (keysAreOn()) button.append(make("kbd", { textContent: "z", ariaHidden: "true" }));
      toast.append(button);
    }
    if (link) toast.append(make("a", { href: link[0], textContent: link[1] }));
    toasts.replaceChildren(toast);
    const hide = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(hide, 2000);
      else toast.remove();
    };
    if (!lasting) setTimeout(hide, TOAST_SECONDS * 1000);
  }

  function note(card, sentence, link) {
    card.querySelector(".note")?.remove();
    const told = make("p", { className: "problem note", role: "alert", textContent: `${sentence} ` });
    if (link) told.append(make("a", { href: link[0], textContent: link[1] }));
    card.append(told);
  }

  // --- The card at hand --------------------------------------------------------------------------------------------

  const cards = () => all(":scope > .card", list);
  const current = () => list.querySelector(":scope > .card.current") || cards()[0];

  function take(card, { focus = true } = {}) {
    for (const other of all(".card.current", list)) other.classList.remove("current");
    if (!card) return;
    card.classList.add("current");
    if (!focus) return;
    card.focus({ preventScroll: true });
    const { top, bottom } = card.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight - 80) card.scrollIntoView({ block: "start" });
  }

  function step(by) {
    const here = cards();
    const at = here.indexOf(current());
    const on = here.some((card) => card.contains(document.activeElement));
    take(here[on ? Math.min(Math.max(at + by, 0), here.length - 1) : at]);
    if (at + by >= here.length) more();
  }

  function parsed(html) {
    return new DOMParser().parseFromString(html, "text/html").querySelector(".card");
  }

  function prepare(card) {
    // What may be scrolled sideways must be reachable without a mouse.
    for (const code of all(".said pre", card)) code.tabIndex = 0;
    for (const text of all(":scope > .said", card)) {
      if (text.scrollHeight <= FOLD_ABOVE) continue;
      const open = () => {
        text.classList.remove("folded");
        button.remove();
      };
      const button = make("button", { type: "button", className: "link unfold", textContent: "Show all of it" });
      button.addEventListener("click", () => {
        open();
        card.focus({ preventScroll: true });
      });
      text.addEventListener("focusin", open, { once: true });
      text.classList.add("folded");
      text.after(button);
    }
  }

  function empty() {
    const none = !cards().length && !document.querySelector("[data-more]");
    const place = document.querySelector(".empty");
    if (place) place.hidden = !none;
    const tools = document.querySelector(".tools");
    if (tools) tools.hidden = none;
    return none && place;
  }

  // --- Deciding ----------------------------------------------------------------------------------------------------

  function decide(card, status) {
    const form = card.querySelector("form[data-decide]");
    if (!form || card.getAttribute("aria-busy") === "true") return;
    const fields = [...new FormData(form), ["status", status]];
    const leaves = list.dataset.queue && status !== list.dataset.queue;
    card.querySelector(".note")?.remove();
    const entry = { card, mark: document.createComment(card.id), sent: send(form.action, fields) };
    entry.sent = entry.sent.then(
      (answer) => (settled(entry, answer, leaves) ? answer : null),
      (trouble) => failed(entry, trouble),
    );
    past.push(entry);
    if (leaves) {
      const here = cards();
      const at = here.indexOf(card);
      card.replaceWith(entry.mark);
      card.classList.remove("current");
      take(here[at + 1] || here[at - 1]);
      choose();
      if (empty()) focusOnEmpty();
      say(SAID[status], { undo: true });
      if (cards().length < FEW) more();
    } else {
      card.setAttribute("aria-busy", "true");
    }
  }

  function focusOnEmpty() {
    document.getElementById("main").focus({ preventScroll: true });
  }

  // The service has answered: true if it decided as asked.
  function settled(entry, answer, leaves) {
    if (answer.problem === null && leaves) return true;
    const fresh = answer.card && parsed(answer.card);
    put(entry, fresh);
    if (answer.problem === null) {
      say(answer.sentence, { undo: true });
      take(fresh);
      return true;
    }
    forget(entry);
    if (fresh) note(fresh, answer.sentence);
    say(answer.sentence);
    return false;
  }

  function failed(entry, trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    forget(entry);
    put(entry, entry.card);
    note(entry.card, trouble.message, trouble.link);
    say(trouble.message, { link: trouble.link });
    return null;
  }

  // Puts a card where the former one is, or was.
  function put(entry, card) {
    const lost = document.activeElement === document.body || document.activeElement?.id === "main";
    const place = entry.mark.isConnected ? entry.mark : entry.card;
    entry.card.removeAttribute("aria-busy");
    if (!card) place.remove();
    else if (place !== card) {
      if (place.isConnected) place.replaceWith(card);
      else list.prepend(card);
      prepare(card);
      entry.card = card;
    }
    empty();
    if (card && lost) take(card);
  }

  function forget(entry) {
    const at = past.indexOf(entry);
    if (at >= 0) past.splice(at, 1);
  }

  // Does what a button of the menu says, such as a pin, or takes up what a form about this card has done.
  function follow(card, sent) {
    const entry = { card, mark: document.createComment(card.id), sent: null };
    const stays = (answer) => !list.dataset.queue || !answer.card || parsed(answer.card).dataset.status === card.dataset.status;
    entry.sent = sent.then(
      (answer) => {
        if (answer.problem !== null || stays(answer)) return settled(entry, answer, false) ? answer : null;
        const here = cards();
        const at = here.indexOf(card);
        card.replaceWith(entry.mark);
        take(here[at + 1] || here[at - 1]);
        if (empty()) focusOnEmpty();
        say(answer.sentence, { undo: true });
        return answer;
      },
      (trouble) => failed(entry, trouble),
    );
    past.push(entry);
    card.setAttribute("aria-busy", "true");
  }

  function act(card, button) {
    const form = button.form;
    if (card.getAttribute("aria-busy") === "true") return;
    follow(card, send(button.formAction, [...new FormData(form), [button.name, button.value]]));
  }

  // A form of its own page, opened on top of the list; without the script, the link leads to that page.
  async function open(card, link) {
    const menu = link.closest("details");
    if (menu) menu.open = false;
    let body;
    try {
      const response = await fetch(link.href);
      if (!response.ok || response.redirected) throw new Error();
      body = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-sheet-body]");
    } catch { /* Whatever it is, the page itself says it better. */ }
    if (!body) {
      location.assign(link.href);
      return;
    }
    const dialog = make("dialog", { className: "help-sheet sheet-dialog" }, body);
    dialog.setAttribute("aria-labelledby", "sheet-title");
    body.removeAttribute("aria-labelledby");
    document.body.append(dialog);
    offerReplies(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (card.isConnected) take(card);
    });
    dialog.querySelector("[data-close]").addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      submit(card, dialog, event.target, link.href);
    });
    dialog.showModal();
  }

  async function submit(card, dialog, form, address) {
    const button = form.querySelector("button.primary");
    if (button.disabled) return;
    button.disabled = true;
    form.querySelector(".problem.note")?.remove();
    try {
      const answer = await send(address, [...new FormData(form)]);
      dialog.close();
      follow(card, Promise.resolve(answer));
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      // The form stays, with all that was typed.
      button.disabled = false;
      note(form, trouble.message, trouble.link);
    }
  }

  async function takeBack() {
    const entry = past.pop();
    if (entry?.batch) return takeBackMany(entry);
    if (!entry) {
      const plain = document.querySelector("form[data-undo]");
      if (plain) plain.requestSubmit();
      else say("There is nothing to undo.");
      return;
    }
    say("Undoing…");
    const done = await entry.sent;
    if (!done?.undo) return;
    const fields = new FormData(entry.card.querySelector("form[data-decide]"));
    for (const name of ["seen", "then"]) fields.delete(name);
    fields.set(done.undo.startsWith("a_") ? "action" : "decision", done.undo);
    try {
      const answer = await send(list.dataset.undo, fields);
      const fresh = answer.card && parsed(answer.card);
      put(entry, fresh);
      if (fresh && answer.problem !== null) note(fresh, answer.sentence);
      take(fresh);
      say(answer.sentence);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      past.push(entry);
      say(trouble.message.replace("decided", "undone"), { undo: !trouble.link, link: trouble.link });
    }
  }

  // --- Many at once ------------------------------------------------------------------------------------------------

  const bulk = document.querySelector("form[data-bulk]");
  const picks = () => all("[data-pick]", list);
  const picked = () => picks().filter((box) => box.checked);
  let lastPick = null;

  function choose() {
    if (!bulk) return;
    const number = picked().length;
    const everything = bulk.elements.everything;
    const shown = everything.checked || number > 0;
    bulk.hidden = !shown;
    document.body.classList.toggle("choosing", shown);
    const told = number === 1 ? "1 comment" : `${number.toLocaleString("en")} comments`;
    bulk.querySelector("[data-chosen]").textContent = everything.checked ? "All in this list" : told;
    for (const box of picks()) box.closest(".card").classList.toggle("picked", box.checked || everything.checked);
  }

  function pick(box, { range = false } = {}) {
    const boxes = picks();
    const [from, to] = [boxes.indexOf(lastPick), boxes.indexOf(box)];
    if (range && from >= 0) {
      for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
    }
    lastPick = box;
    choose();
  }

  function pickAll(checked) {
    for (const box of picks()) box.checked = checked;
    if (!checked) bulk.elements.everything.checked = false;
    choose();
  }

  const choosing = () => Boolean(bulk && !bulk.hidden);

  async function decideMany(status) {
    if (bulk.getAttribute("aria-busy") === "true") return;
    const fields = [...new FormData(bulk), ["status", status]];
    const cardsOf = bulk.elements.everything.checked ? cards() : picked().map((box) => box.closest(".card"));
    for (const card of cardsOf) card.setAttribute("aria-busy", "true");
    bulk.setAttribute("aria-busy", "true");
    say("At work…", { lasting: true });
    try {
      const answer = await followed(await send(bulk.action, fields));
      past.push({ batch: answer });
      pickAll(false);
      await refresh();
      say(answer.sentence, { undo: true });
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      say(trouble.message, { link: trouble.link });
    }
    for (const card of cardsOf) card.removeAttribute("aria-busy");
    bulk.removeAttribute("aria-busy");
  }

  // Waits until the service has done all of it; it goes on if nobody waits.
  async function followed(answer) {
    while (!answer.done) {
      say(answer.sentence, { lasting: true });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      let response;
      try {
        response = await fetch(answer.look, { headers: { Accept: "application/json" } });
        answer = response.ok ? await response.json() : answer;
      } catch { /* Without a connection for a while: ask again. */ }
      if (response?.status === 401) throw new Trouble("Your session has ended; what was begun goes on.", [location.href, "Sign in"]);
    }
    count(answer.counts);
    return answer;
  }

  async function takeBackMany(entry) {
    say("Undoing…", { lasting: true });
    try {
      const fields = { csrf_token: bulk?.elements.csrf_token.value ?? document.querySelector("[name=csrf_token]").value };
      const answer = await followed(await send(entry.batch.undo, fields));
      await refresh();
      say(answer.sentence);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      past.push(entry);
      say(trouble.message.replace("decided", "undone"), { undo: !trouble.link, link: trouble.link });
    }
  }

  // Shows the list as it is now.
  async function refresh() {
    const response = await fetch(location.href);
    if (response.redirected || !response.ok) {
      location.reload();
      return;
    }
    const page = await pageIn(response);
    const fresh = all("[data-queue] > .card", page);
    list.replaceChildren(...fresh);
    fresh.forEach(prepare);
    document.querySelector(".more")?.remove();
    const next = page.querySelector(".more");
    if (next) list.after(next);
    empty();
    choose();
    if (fresh[0]) take(fresh[0]);
    else focusOnEmpty();
  }

  // --- More of the list --------------------------------------------------------------------------------------------

  // A search that has looked through a part only goes on by itself, until it has found some more or all of it.
  async function more({ focus = false } = {}) {
    if (fetching) return;
    fetching = true;
    let gained = 0, link = document.querySelector("[data-more]"), searching = true;
    const byItself = Boolean(link?.closest("[data-searching]"));
    while (link && searching && gained < AT_ONCE) {
      busy(link, true);
      try {
        const fresh = await next(link);
        gained += fresh.length;
        if (fresh[0] && (focus || document.activeElement?.id === "main")) take(fresh[0]);
        else if (fresh[0] && !list.querySelector(".card.current")) take(fresh[0], { focus: false });
        if (fresh[0]) focus = false;
      } catch {
        busy(link, false);
        if (focus || link.closest("[data-searching]")) say("The next comments could not be loaded. Please try again.");
        break;
      }
      link = document.querySelector("[data-more]");
      searching = Boolean(link?.closest("[data-searching]"));
    }
    fetching = false;
    const none = empty();
    // Who does not see the list has heard nothing since the page was there.
    if (byItself && none) tell(none.querySelector(".lead").textContent);
    else if (byItself && gained) tell(gained === 1 ? "1 more comment found." : `${gained} more comments found.`);
    if (focus && document.activeElement === document.body) {
      if (none) focusOnEmpty();
      else link?.focus();
    }
  }

  // Puts the next comments below the list, and what leads on from there.
  async function next(link) {
    const response = await fetch(link.href);
    if (response.redirected) location.assign(response.url);
    if (!response.ok) throw new Error();
    const page = await pageIn(response);
    const known = new Set(all(".card", list).map((card) => card.id));
    const fresh = all("[data-queue] > .card", page).filter((card) => !known.has(card.id));
    list.append(...fresh);
    fresh.forEach(prepare);
    const place = link.closest(".more"), following = page.querySelector(".more");
    if (following) place.replaceWith(following);
    else place.remove();
    return fresh;
  }

  function busy(link, is) {
    const place = link.closest(".more");
    link.setAttribute("aria-busy", String(is));
    place.classList.toggle("searching", is && "searching" in place.dataset);
  }

  // --- The keyboard ------------------------------------------------------------------------------------------------

  function keysAreOn() {
    try {
      return localStorage.getItem("moderation:keys") !== "off";
    } catch {
      return true;
    }
  }

  const meantOtherwise = (event) => event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]");
  const typedIn = (place) => place.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

  // Where there is no list, one thing can be taken back: what the step before this page did.
  function listenForUndo() {
    addEventListener("keydown", (event) => {
      if (event.key !== "z" || event.repeat || meantOtherwise(event) || typedIn(event.target) || !keysAreOn()) return;
      event.preventDefault();
      takeBack();
    });
  }

  function listen() {
    const sheet = document.getElementById("keys");
    const box = sheet.querySelector("[data-keys-on]");
    box.checked = keysAreOn();
    box.addEventListener("change", () => {
      try {
        localStorage.setItem("moderation:keys", box.checked ? "on" : "off");
      } catch { /* A browser that keeps nothing: the keys stay on. */ }
      document.body.classList.toggle("no-keys", !box.checked);
    });
    document.body.classList.toggle("no-keys", !box.checked);
    for (const button of all("[data-help]")) {
      button.hidden = false;
      button.addEventListener("click", () => sheet.showModal());
    }
    addEventListener("keydown", (event) => {
      if (meantOtherwise(event)) return;
      if (event.key === "Escape") {
        leave(event.target);
        return;
      }
      if (typedIn(event.target)) return;
      if (event.key === "?") sheet.showModal();
      else if (!keysAreOn() || !press(event)) return;
      event.preventDefault();
    });
  }

  // Uses one of a card's buttons: it decides, does something else, or opens a form.
  function use(card, button) {
    if (button.matches("a")) open(card, button);
    else if (button.name === "do") act(card, button);
    else decide(card, button.value);
  }

  // Escape leads from the search back to the list, and lets go of what is selected.
  function leave(from) {
    if (from.matches?.("[data-search] input[type=search]")) {
      if (current()) take(current());
      else from.blur();
    } else if (choosing()) pickAll(false);
  }

  function press(event) {
    const arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
    // Arrows scroll the page as ever, unless a card is at hand.
    if (arrow && !document.activeElement?.matches(".card")) return false;
    switch (event.key) {
      case "j":
      case "ArrowDown":
        step(1);
        return true;
      case "k":
      case "ArrowUp":
        step(-1);
        return true;
      case "z":
        if (!event.repeat) takeBack();
        return true;
      case "/": {
        const search = document.querySelector("[data-search] input[type=search]");
        search?.focus();
        search?.select();
        return Boolean(search);
      }
      case "x":
      case "X": {
        const box = current()?.querySelector("[data-pick]");
        if (!box || event.repeat) return Boolean(box);
        if (event.key === "X") {
          pickAll(true);
        } else {
          box.checked = !box.checked;
          pick(box);
        }
        return true;
      }
      case "v": {
        const raw = current()?.querySelector("[data-raw]");
        if (raw && !event.repeat) raw.open = !raw.open;
        return Boolean(raw);
      }
    }
    if (choosing()) {
      const button = all("button[name=status]", bulk).find((one) => one.dataset.key === event.key);
      if (button && !event.repeat) decideMany(button.value);
      return Boolean(button);
    }
    const card = current();
    if (event.key === "m" && card) {
      const menu = card.querySelector(".more-menu");
      if (menu && !event.repeat) {
        menu.open = !menu.open;
        menu.querySelector(menu.open ? "a, button" : "summary").focus();
      }
      return Boolean(menu);
    }
    const button = card?.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!button) return false;
    // A key held down must not decide about comments that nobody has seen.
    if (!event.repeat) use(card, button);
    return true;
  }

  // --- Starting ----------------------------------------------------------------------------------------------------

  if (list) {
    cards().forEach(prepare);
    take(document.getElementById(location.hash.slice(1))?.closest("[data-queue] > .card") || cards()[0], { focus: Boolean(location.hash) });
    list.addEventListener("submit", (event) => {
      if (!event.target.matches("form[data-decide]") || !event.submitter) return;
      event.preventDefault();
      use(event.target.closest(".card"), event.submitter);
    });
    list.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-sheet]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      use(link.closest(".card"), link);
    });
    list.addEventListener("focusin", (event) => {
      const card = event.target.closest("[data-queue] > .card");
      if (card && !card.classList.contains("current")) take(card, { focus: false });
    });
    document.addEventListener("click", (event) => {
      if (event.target.closest?.("[data-more]") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        more({ focus: true });
      }
    });
    if (bulk) {
      for (const button of all("[data-all-shown], [data-none]", bulk)) button.hidden = false;
      bulk.querySelector("[data-all-shown]").addEventListener("click", () => pickAll(true));
      bulk.querySelector("[data-none]").addEventListener("click", () => {
        pickAll(false);
        if (current()) take(current());
      });
      bulk.elements.everything.addEventListener("change", choose);
      bulk.addEventListener("submit", (event) => {
        if (!event.submitter) return;
        event.preventDefault();
        decideMany(event.submitter.value);
      });
      list.addEventListener("click", (event) => {
        if (event.target.matches("[data-pick]")) pick(event.target, { range: event.shiftKey });
      });
      choose();
    }
    listen();
    if (document.querySelector("[data-searching]")) more();
  } else if (document.querySelector("form[data-undo]")) {
    listenForUndo();
  }

  for (const button of all("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
        say("Copied.");
      } catch {
        say("The browser did not allow copying. Please select the text and copy it.");
      }
    });
  }

  // Saved replies are put where the cursor is.
  function offerReplies(root) {
    for (const place of all("[data-replies]", root)) {
      place.hidden = false;
      const menu = place.querySelector("select");
      menu.addEventListener("change", () => {
        const box = root.querySelector(`#${menu.dataset.into}`);
        box.setRangeText(menu.value, box.selectionStart, box.selectionEnd, "end");
        menu.value = "";
        box.focus();
      });
    }
  }
  offerReplies(document);

  // A menu closes when one looks elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of all("details.menu[open]")) menu.open = false;
  });

  // A new site's key follows its name until somebody types one.
  const key = document.getElementById("site_key");
  const name = document.getElementById("site_name");
  if (key && name && !key.value) {
    let own = false;
    key.addEventListener("input", () => { own = key.value !== ""; });
    name.addEventListener("input", () => {
      const plain = name.value.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
      if (!own) key.value = plain.replace(/[^a-z0-9]+/g, "-").slice(0, 64).replace(/^-+|-+$/g, "");
    });
  }
})();
