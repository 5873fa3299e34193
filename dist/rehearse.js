"use strict";
require("./index.js").rehearse();
