// The stock Node client of RudderStack; it sends gzip under another content type.
import RudderAnalytics from "@rudderstack/rudder-sdk-node";

const analytics = new RudderAnalytics(process.env.KEY, { dataPlaneUrl: process.env.HOST, gzip: true, flushAt: 1 });
const context = { os: { name: "Android", version: "14" }, app: { version: "2.0" } };
const sent = new Promise((done) => {
  analytics.track(
    { anonymousId: process.env.DEVICE, event: "Order Placed", properties: { total: 30 }, context },
    (error) => done({ error: error ? String(error) : null }),
  );
});
const told = await sent;
console.log(JSON.stringify(told));
process.exit(0);
