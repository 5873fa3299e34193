"use strict";
require("./index.js").prune();
