// Copies what is to be pasted elsewhere. Without it, people select the text.

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
