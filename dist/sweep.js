"use strict";
require("./index.js").sweep();
