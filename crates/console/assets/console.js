// Copies what is to be pasted elsewhere, and looks after forms and secrets. Without it, people select the text, and the
// server sees to the rest.

for (const button of document.querySelectorAll("[data-copies]")) {
  const text = document.getElementById(button.dataset.copies);
  if (!text || !navigator.clipboard) continue;
  const label = button.firstChild;
  const word = label.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      label.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text);
      label.textContent = "Selected";
    }
    setTimeout(() => { label.textContent = word; }, 2000);
  });
}

// A form that counts once is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[data-single]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
}

// What is shown once is gone when the page is left, and does not come back with it.
for (const panel of document.querySelectorAll("[data-once]")) {
  addEventListener("pagehide", () => { panel.replaceChildren(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.replace(panel.dataset.once); });
}

// Reads a certificate from a file into the field for it. A private key does not leave this computer.
for (const reader of document.querySelectorAll("[data-reads]")) {
  const field = document.getElementById(reader.dataset.reads);
  const input = reader.querySelector("input");
  const said = reader.querySelector("[role=status]");
  reader.hidden = false;
  input.addEventListener("change", async () => {
    const [file] = input.files;
    said.textContent = "";
    if (!file) return;
    const bytes = new Uint8Array(await file.slice(0, 32_000).arrayBuffer());
    const text = new TextDecoder("latin1").decode(bytes);
    if (text.includes("PRIVATE KEY-----")) {
      input.value = "";
      said.textContent = "This file holds a private key. It was not sent; choose the certificate alone.";
      return;
    }
    field.value = text.includes("-----BEGIN") ? text : btoa(String.fromCharCode(...bytes));
  });
}
