"use strict";
require("./index.js").matrix();
