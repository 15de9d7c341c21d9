// Sign-in: a button that shows the password, and a word when Caps Lock is on.

const field = document.getElementById("password");
const button = document.querySelector("[data-show-password]");
const hint = document.getElementById("caps");

if (field && button) {
  button.hidden = false;
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => show(field.type === "password"));
  // Browsers offer to save only what is a password when the form leaves.
  field.form.addEventListener("submit", () => show(false));
}

if (field && hint) {
  for (const event of ["keydown", "keyup"]) {
    field.addEventListener(event, (pressed) => {
      const on = pressed.getModifierState?.("CapsLock") ?? false;
      const text = on ? "Caps Lock is on." : "";
      if (hint.textContent !== text) hint.textContent = text;
    });
  }
}
