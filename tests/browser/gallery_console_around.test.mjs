// The console's pages around apps: lists, teams, invitations, documents, and what is shown once.

import { gallery } from "./parts/gallery.mjs";

gallery("console_gallery", { has: (name) => !/^console-apps-one|-(long|refused|viewer|empty)$/.test(name) });
