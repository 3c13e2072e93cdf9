// The pages that stand in the way: words, language and appearance, no more.

import { choices } from "/static/header.js";
import { begin, fill } from "/static/words.js";

await begin();
document.getElementById("top").append(choices());
fill();
