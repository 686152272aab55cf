// Verifies deliveries as a merchant's program in Node would: one JSON line in, the event's type out.
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

// The library lies in a cache folder, not beside this file.
const { Webhook } = createRequire(process.argv[2])("standardwebhooks");

createInterface({ input: process.stdin }).on("line", (line) => {
  const told = JSON.parse(line);
  console.log(new Webhook(told.secret).verify(told.body, told.headers).type);
});
