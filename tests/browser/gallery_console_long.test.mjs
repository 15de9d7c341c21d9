// The console's pages with the longest names there can be, and with long lists.

import { gallery } from "./parts/gallery.mjs";

gallery("console_gallery", { has: (name) => /-long$/.test(name) });
