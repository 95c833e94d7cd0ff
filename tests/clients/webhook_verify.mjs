// Verify what a webhook received with the stock verifier; prints for each case whether it holds, and why not.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const cases = JSON.parse(readFileSync(process.env.CASES, "utf8"));
const told = cases.map(({ secret, headers, body }) => {
  try {
    return { holds: true, read: new Webhook(secret).verify(body, headers) };
  } catch (error) {
    return { holds: false, why: String(error.message) };
  }
});
console.log(JSON.stringify(told));
