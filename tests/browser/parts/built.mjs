// Programs that cargo built. An old one would be tested in silence, so it fails the suite.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const found = new Map();
const folder = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, "target"), "debug");

/** The file of a built program: `countersign`, `examples/gallery`. */
export function built(name) {
  if (name === "countersign" && process.env.COUNTERSIGN_BIN) return process.env.COUNTERSIGN_BIN;
  if (!found.has(name)) found.set(name, find(name));
  return found.get(name);
}

function find(name) {
  const program = path.join(folder, name);
  if (!fs.existsSync(program)) throw new Error(`${program} was not built: cargo build --workspace --all-targets`);
  const newer = sources(program).find((source) => changed(source) > changed(program));
  if (newer) throw new Error(`${program} is older than ${newer}: cargo build --workspace --all-targets`);
  return program;
}

/** Cargo's list of what a program was built from: `target: source source …`, blanks in names escaped. */
function sources(program) {
  const list = fs.readFileSync(`${program}.d`, "utf8").trim();
  return list.slice(list.indexOf(": ") + 2).split(/(?<!\\) /).map((name) => name.replaceAll("\\ ", " "));
}

const changed = (file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
