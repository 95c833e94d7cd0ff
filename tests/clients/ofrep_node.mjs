// The stock OpenFeature provider for servers: one evaluation for each context of CONTEXTS.
import { OpenFeature } from "@openfeature/server-sdk";
import { OFREPProvider } from "@openfeature/ofrep-provider";

const provider = new OFREPProvider({ baseUrl: process.env.HOST, headers: [["Authorization", `Bearer ${process.env.KEY}`]] });
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
const told = [];
for (const [flag, context] of JSON.parse(process.env.CONTEXTS)) {
  told.push(await client.getObjectDetails(flag, { action: "code default" }, context));
}
await OpenFeature.close();
console.log(JSON.stringify(told));
