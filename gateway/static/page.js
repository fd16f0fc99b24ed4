// What HTML and htmx cannot do alone: dropping files, a dialog, the focus, local times. Without this script the page
// works too.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("upload");
  const file = byId("file");
  const dialog = byId("dialog");
  const megabytes = (bytes) => `${(bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0)} MB`;
  const sizes = (bytes) => bytes < 104858 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : megabytes(bytes);

  // ---- saying something beside the form -----------------------------------------------------------
  const say = (text) => {
    const place = byId("said");
    if (!place) return;
    const message = document.createElement("p");
    message.className = "message problem";
    message.textContent = text;
    place.replaceChildren(...(text ? [message] : []));
  };

  // ---- files --------------------------------------------------------------------------------------
  const showChosen = () => {
    byId("chosen").replaceChildren(...[...file.files].map((one) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.dir = "auto";
      name.textContent = one.name;
      item.append(name, ` ${sizes(one.size)}`);
      return item;
    }));
  };
  const total = () => [...file.files].reduce((sum, one) => sum + one.size, 0);
  const holdsFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");

  if (form) {
    file.addEventListener("change", () => { say(""); showChosen(); });
    showChosen();                                   // some browsers remember what was chosen over a reload
    document.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      form.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) form.classList.remove("dropping");
    });
    document.addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();                       // else the browser would open the file in place of the page
      form.classList.remove("dropping");
      const together = new DataTransfer();
      for (const one of [...file.files, ...event.dataTransfer.files]) together.items.add(one);
      file.files = together.files;
      say("");
      showChosen();
    });
    document.addEventListener("diglot:taken", () => { file.value = ""; showChosen(); });
    document.addEventListener("htmx:beforeRequest", (event) => {
      const most = Number(form.dataset.mostBytes);
      if (event.target !== form || total() < most - 65536) return;        // the other fields need a little room
      event.preventDefault();
      say(`These documents have ${megabytes(total())} together; at most ${megabytes(most)} can be sent at once.`);
    });
    const sending = byId("sending");
    document.addEventListener("htmx:xhr:progress", (event) => {
      if (event.target !== form || !event.detail.lengthComputable) return;
      sending.hidden = false;
      sending.max = event.detail.total;
      sending.value = event.detail.loaded;
    });
    document.addEventListener("htmx:afterRequest", (event) => { if (event.target === form) sending.hidden = true; });
  }

  // ---- answers that do not come -------------------------------------------------------------------
  let unreachable = false;
  document.addEventListener("htmx:sendError", () => {
    unreachable = true;
    say("The server cannot be reached at the moment.");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (unreachable) say("");
    unreachable = false;
    const { xhr } = event.detail;
    if (xhr.status >= 400 && !(xhr.getResponseHeader("Content-Type") || "").startsWith("text/html")) {
      event.detail.shouldSwap = false;
      say("The server could not do this; try again in a moment.");
    }
  });

  // ---- the focus, which a part of the page that is replaced would take with it ----------------------
  let last = null;
  let opener = null;                                // what had the focus before the dialog took it
  document.addEventListener("focusin", (event) => {
    last = { element: event.target, row: event.target.closest(".job")?.querySelector("h3 a")?.id };
  });
  document.addEventListener("pointerdown", () => { last = null; }, true);
  const mend = () => {
    if (document.activeElement !== document.body || !last || last.element.isConnected || dialog.open) return;
    const next = byId(last.element.id) || byId(last.row) || byId("list") || byId("main");
    next?.focus({ preventScroll: true });
  };
  document.addEventListener("htmx:afterSettle", mend);
  document.addEventListener("htmx:oobAfterSwap", () => queueMicrotask(mend));
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === dialog) {
      opener = last;
      dialog.showModal();
    }
  });
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.matches(".line[tabindex]")) event.detail.elt.focus();      // the first of those just fetched
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (dialog.contains(event.target)) dialog.close();
  });
  dialog.addEventListener("close", () => { last = opener; mend(); });

  // ---- times, as the clock of this machine has them -------------------------------------------------
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const localTimes = (root) => {
    for (const one of root.querySelectorAll("time[datetime]")) one.textContent = clock.format(new Date(one.dateTime));
  };
  localTimes(document);
  document.addEventListener("htmx:load", (event) => localTimes(event.detail.elt));
})();
