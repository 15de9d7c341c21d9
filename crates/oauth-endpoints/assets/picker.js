// Workspaces: filter, count, "select all", and what changed against an earlier choice. The form works without it.

const form = document.querySelector("form[data-picker]");
const groups = [...form.querySelectorAll("fieldset[data-customer]")].map((fieldset) => ({
  name: fieldset.dataset.customer,
  fieldset,
  all: fieldset.querySelector("[data-all]"),
  details: [...fieldset.querySelectorAll("details")],
  rows: [...fieldset.querySelectorAll("[data-row]")].map((label) => ({
    label,
    box: label.querySelector("input"),
    name: label.querySelector("bdi").textContent,
  })),
}));
const open = (group) => group.rows.filter((row) => !row.box.disabled);
const shown = (group) => open(group).filter((row) => !row.label.hidden);

const count = form.querySelector("[data-count]");
const changes = form.querySelector("[data-changes]");
const filter = form.querySelector("[data-filter]");

function marked(tag, sign, word, name) {
  const element = document.createElement(tag);
  const visible = document.createElement("span");
  visible.ariaHidden = "true";
  visible.textContent = sign;
  const spoken = document.createElement("span");
  spoken.className = "unseen";
  spoken.textContent = `${word} `;
  element.append(visible, spoken, ` ${name}`);
  return element;
}

function showChanges(rows) {
  const added = rows.filter((row) => row.box.checked && !("earlier" in row.box.dataset));
  const removed = rows.filter((row) => !row.box.checked && "earlier" in row.box.dataset);
  changes.hidden = added.length + removed.length === 0;
  changes.querySelector("[data-list]").replaceChildren(
    ...added.flatMap((row) => [marked("ins", "＋", "added", row.name), " "]),
    ...removed.flatMap((row) => [marked("del", "−", "removed", row.name), " "]),
  );
}

function refresh() {
  let selected = 0;
  let total = 0;
  const customers = [];
  for (const group of groups) {
    const rows = open(group);
    const ticked = rows.filter((row) => row.box.checked).length;
    total += rows.length;
    selected += ticked;
    if (ticked > 0) customers.push(group.name);
    if (group.all) {
      const visible = shown(group);
      const visibleTicked = visible.filter((row) => row.box.checked).length;
      const box = group.all.querySelector("input");
      box.checked = visible.length > 0 && visibleTicked === visible.length;
      box.indeterminate = visibleTicked > 0 && visibleTicked < visible.length;
    }
  }
  if (count) {
    count.textContent = customers.length > 1
      ? `${selected} selected in ${customers.length} customers: choose one customer`
      : `${selected} of ${total} selected`;
  }
  if (changes) showChanges(groups.flatMap((group) => group.rows));
}

function applyFilter(words) {
  const wanted = words.trim().toLowerCase();
  let matches = 0;
  for (const group of groups) {
    let here = 0;
    for (const row of group.rows) {
      row.label.hidden = !row.name.toLowerCase().includes(wanted);
      if (!row.label.hidden) here += 1;
    }
    for (const details of group.details) {
      const any = details.querySelector("[data-row]:not([hidden])") !== null;
      details.hidden = !any;
      if (wanted && any) details.open = true;
    }
    if (group.all) {
      group.all.hidden = shown(group).length < 2;
      group.all.querySelector("span").firstChild.textContent = wanted ? "Select all shown in " : "Select all in ";
    }
    group.fieldset.hidden = wanted !== "" && here === 0;
    matches += here;
  }
  form.querySelector("[data-matches]").textContent = wanted
    ? `${matches} ${matches === 1 ? "workspace matches" : "workspaces match"}`
    : "";
  refresh();
}

for (const group of groups) {
  if (!group.all) continue;
  group.all.hidden = false;
  group.all.addEventListener("change", (event) => {
    for (const row of shown(group)) row.box.checked = event.target.checked;
  });
}
form.addEventListener("change", refresh);
// Only what is kept true is shown.
if (count) count.hidden = false;
if (filter) {
  filter.hidden = false;
  const input = filter.querySelector("input");
  input.addEventListener("input", () => applyFilter(input.value));
  // Enter in the filter must not answer the form.
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
refresh();
