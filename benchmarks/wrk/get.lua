-- One request, again and again.
done = require("report")
