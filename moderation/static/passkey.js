// Passkeys: a form with data-passkey asks the service for a challenge, lets the browser ask the person, and then is sent
// like any other form, with what the browser answered in its field "credential".
"use strict";

(() => {
  const SENTENCES = {
    NotAllowedError: "It was cancelled, or took too long. Nothing has changed.",
    InvalidStateError: "This device has a passkey for you already.",
    SecurityError: "The browser does not allow passkeys at this address.",
    AbortError: "It was cancelled. Nothing has changed.",
  };
  const OFFLINE = "The service could not be reached. Please try again.";
  const BUSY = "That was a lot at once. Please try again in a minute.";
  const OTHER = "The browser could not do this. Please try again, or choose another way.";

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  class Trouble extends Error {}

  async function challenge(form) {
    let response;
    try {
      const fields = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, back: form.elements.back?.value ?? "" });
      response = await fetch(form.dataset.options, { method: "POST", body: fields, headers: { Accept: "application/json" }, redirect: "error" });
    } catch {
      throw new Trouble(OFFLINE);
    }
    if (response.status === 429) throw new Trouble(BUSY);
    const answer = await response.json().catch(() => null);
    if (answer?.address) location.assign(answer.address);
    if (!response.ok || !answer) throw new Trouble(answer?.sentence ?? OTHER);
    return answer;
  }

  function readable(options) {
    const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
    const made = { ...options, challenge: bytes(options.challenge) };
    if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) made.excludeCredentials = known(options.excludeCredentials);
    if (options.allowCredentials) made.allowCredentials = known(options.allowCredentials);
    return made;
  }

  function written({ id, rawId, type, response }) {
    const parts = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) parts[name] = text(response[name]);
    }
    return JSON.stringify({ id, rawId: text(rawId), type, response: parts });
  }

  async function ask(form) {
    const publicKey = readable(await challenge(form));
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.credential.value = written(credential);
    form.submit();
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    const problem = form.querySelector("[data-passkey-problem]");
    if (!window.PublicKeyCredential || !navigator.credentials) {
      form.querySelector("[data-passkey-missing]").hidden = false;
      continue;
    }
    button.disabled = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      problem.hidden = true;
      try {
        await ask(form);
      } catch (error) {
        button.disabled = false;
        problem.textContent = error instanceof Trouble ? error.message : (SENTENCES[error.name] ?? OTHER);
        problem.hidden = false;
      }
    });
    // A page that the browser kept and shows again is as it was when it was left.
    addEventListener("pageshow", () => { button.disabled = false; });
  }
})();
