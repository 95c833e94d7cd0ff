// What an app does with the guide's file: it starts, reaches the moment, and goes on until the person has answered.
import { atMoment, neverAgain, start } from "./oneask.ts";

await start();
const decision = await atMoment(process.env.EVENT, JSON.parse(process.env.PROPERTIES));
console.log(decision.action, decision.reason);
await new Promise((done) => setTimeout(done, 0)); // back from Settings
await neverAgain();
