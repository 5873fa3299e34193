"use strict";
require("./index.js").promote();
