// The console's pages of an app, where there is one of everything.

import { gallery } from "./parts/gallery.mjs";

gallery("console_gallery", { has: (name) => /^console-apps-one/.test(name) && !/-(long|refused|viewer|empty)$/.test(name) });
