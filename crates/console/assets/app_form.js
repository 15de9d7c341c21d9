// While people type, the form asks the server what it thinks, and shows that where the server would have shown it.
// Without it, the button Check does the same.

const form = document.querySelector("form[data-checked]");
let wait, running;

form?.addEventListener("input", () => {
  clearTimeout(wait);
  wait = setTimeout(check, 300);
});
form?.addEventListener("submit", () => {
  clearTimeout(wait);
  running?.abort();
});

function check() {
  running?.abort();
  const request = running = new XMLHttpRequest();
  request.open("POST", form.action);
  // A document that the browser parsed itself, since pages may not make HTML from text.
  request.responseType = "document";
  request.onload = () => {
    if (request.status !== 200 || !request.response) return;
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = request.response.getElementById(part.id);
      if (fresh && fresh.textContent !== part.textContent) part.replaceChildren(...fresh.childNodes);
    }
    for (const field of form.querySelectorAll("input[aria-describedby^=checks-]")) {
      field.toggleAttribute("aria-invalid", false);
      if (document.querySelector(`#${field.getAttribute("aria-describedby")} .bad`)) field.setAttribute("aria-invalid", "true");
    }
  };
  const fields = new URLSearchParams(new FormData(form));
  fields.set("decision", "check");
  request.send(fields);
}
