// On every page: times in the reader's zone, countdowns, the theme switch. All of it is extra.

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function relatively(date) {
  const days = Math.round((date - Date.now()) / 86_400_000);
  return Math.abs(days) < 45 ? relative.format(days, "day") : relative.format(Math.round(days / 30.4), "month");
}

for (const element of document.querySelectorAll("time[datetime]")) {
  const date = new Date(element.dateTime);
  if (Number.isNaN(date.getTime())) continue;
  element.title = element.textContent;
  element.textContent = "clock" in element.dataset
    ? clock.format(date)
    : `${absolute.format(date)} (${relatively(date)})`;
}

for (const element of document.querySelectorAll("[data-countdown]")) {
  const end = Date.now() + Number(element.dataset.countdown) * 1000;
  const frees = document.getElementById(element.dataset.frees ?? "");
  if (frees) frees.disabled = true;
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    element.textContent = String(left);
    if (left > 0) return;
    clearInterval(timer);
    if (frees) frees.disabled = false;
  }, 250);
}

const themes = ["system", "light", "dark"];
for (const button of document.querySelectorAll("[data-theme-switch]")) {
  const root = document.documentElement;
  const name = () => { button.textContent = `Theme: ${root.dataset.theme}`; };
  button.hidden = false;
  name();
  button.addEventListener("click", () => {
    root.dataset.theme = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length];
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    name();
  });
}
