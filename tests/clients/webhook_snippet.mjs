// Run the guide's code for receivers over what a webhook received; prints what it answers for each case.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { receive } = await import(pathToFileURL(process.env.SNIPPET).href);
const cases = JSON.parse(readFileSync(process.env.CASES, "utf8"));
console.log(JSON.stringify(cases.map(({ secret, headers, body }) => receive(secret, headers, body))));
