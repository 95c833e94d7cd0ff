// The stock Node client of Segment: one order, one identify call, and the end.
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: process.env.KEY, host: process.env.HOST, maxRetries: 4 });
const failed = [];
analytics.on("error", (error) => failed.push(String(error.reason ?? error.code)));
const anonymousId = process.env.DEVICE;
const context = { os: { name: "iOS", version: "18.2" }, app: { version: "4.2.0" }, locale: "de-DE" };
analytics.track({ anonymousId, event: "Order Placed", properties: { total: 25, screen_index: 4 }, context });
analytics.identify({ anonymousId, traits: { notification_permission: 1 }, context });
await analytics.closeAndFlush();
console.log(JSON.stringify({ failed }));
