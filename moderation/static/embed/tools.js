// The toolbar of the form: marks for what is selected, and a look at the text as it will be shown.

const PAIRS = { bold: ["**", "**"], italic: ["*", "*"], link: ["[", "](https://)"], code: ["`", "`"] };

const CSS = `.preview{margin:0;padding:14px 16px;min-block-size:8.5em;line-height:1.55}`;

export function use(form, name) {
  if (name === "preview") return preview(form);
  form.endPreview?.();
  const { box } = form;
  const { selectionStart: start, selectionEnd: end, value } = box;
  const chosen = value.slice(start, end);
  if (name === "quote") {
    const line = value.lastIndexOf("\n", start - 1) + 1;
    const quoted = value.slice(line, end).split("\n").map((words) => "> " + words).join("\n");
    return put(box, line, end, quoted, line + quoted.length, line + quoted.length);
  }
  let [before, after] = PAIRS[name];
  if (name === "code" && chosen.includes("\n")) [before, after] = ["```\n", "\n```"];
  if (chosen && value.slice(start - before.length, start) === before && value.slice(end, end + after.length) === after && name !== "italic") {
    return put(box, start - before.length, end + after.length, chosen, start - before.length, end - before.length);
  }
  const from = start + before.length;
  // A link's address is what is still missing.
  if (name === "link" && chosen) put(box, start, end, before + chosen + after, from + chosen.length + 2, from + chosen.length + after.length - 1);
  else put(box, start, end, before + chosen + after, from, from + chosen.length);
}

// With the arrows from one tool to the next: the tabulator meets but one of them.
export function walk({ tools, thread }, key) {
  const all = [...tools.children];
  const step = (key === "ArrowRight") === (thread.root.dir !== "rtl") ? 1 : -1;
  const from = all.findIndex((tool) => tool.tabIndex === 0);
  const to = all[(from + step + all.length) % all.length];
  all[from].tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

// As if it had been typed, so that it can be undone as typing can.
function put(box, start, end, text, from, to) {
  box.focus();
  box.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) {
    box.setRangeText(text, start, end);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  box.setSelectionRange(from, to);
}

// This part, or an answer, may come late: whoever fills in another field by then is left there.
function show(form, node) {
  if (!form.thread.shadow.activeElement?.matches("input")) node.focus();
}

async function preview(form) {
  const { thread, box } = form;
  const button = form.tools.querySelector("[name=preview]");
  if (form.endPreview) {
    form.endPreview();
    return show(form, box);
  }
  if (!box.value.trim()) return form.complain("body", form.t("writeFirst")).focus();
  button.setAttribute("aria-busy", "true");
  try {
    const { html } = await form.call("/api/v1/preview", { method: "POST", body: { site: thread.site, body: box.value } });
    const shown = thread.el("div", { class: "text preview", part: "preview", role: "region", "aria-label": form.t("preview"), tabindex: -1, dir: "auto" });
    form.previewed ||= thread.style(CSS) || true;
    thread.html(shown, html);
    box.hidden = true;
    box.after(shown);
    button.setAttribute("aria-pressed", "true");
    form.endPreview = () => {
      form.endPreview = null;
      shown.remove();
      box.hidden = false;
      button.setAttribute("aria-pressed", "false");
    };
    show(form, shown);
  } catch (trouble) {
    form.refused(trouble, true);
    form.working(false);
  }
  button.removeAttribute("aria-busy");
}
