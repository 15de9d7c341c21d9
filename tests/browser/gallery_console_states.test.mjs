// The console's pages where nothing is there yet, where a form was filled in wrongly, and for who only looks.

import { gallery } from "./parts/gallery.mjs";

gallery("console_gallery", { has: (name) => /-(refused|viewer|empty)$/.test(name) });
