/* What a team writes with the types that openapi-typescript makes: `api.d.ts`, beside this file. Prints what happened as JSON. */
import type { components, operations } from "./api";

declare const process: { env: Record<string, string | undefined> };

type Moment = components["schemas"]["Moment"];
type Problem = components["schemas"]["Problem"];
type Page = operations["list_moments"]["responses"]["200"]["content"]["application/json"];
type Creation = operations["create_moment"]["requestBody"]["content"]["application/json"];
type Change = NonNullable<operations["update_moment"]["requestBody"]>["content"]["application/json"];
type ChangeHeaders = operations["update_moment"]["parameters"]["header"];

const base = `${process.env.URL}/api/v1/manage/moments`;
const send = (url: string, method = "GET", body?: Creation | Change, headers: Partial<ChangeHeaders> = {}) =>
  fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${process.env.SECRET}`,
      "content-type": "application/json",
      ...(headers as Record<string, string>),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

const key = { "Idempotency-Key": process.env.IDEMPOTENCY_KEY };
const wanted: Creation = { name: "Timer started", event_name: "Timer Started", opening: false };
const made = await send(base, "POST", wanted, key);
const again = await send(base, "POST", wanted, key);
const moment = (await made.json()) as Moment;

const names: string[] = [];
for (let next: string | null = `${base}?limit=1`; next; ) {
  const page = (await (await send(next)).json()) as Page;
  names.push(...page.results.map((each: Moment) => each.name));
  next = page.next;
}

const one = `${base}/${moment.key}`;
const etag = (await send(one)).headers.get("etag") ?? "";
const changed = (await (await send(one, "PATCH", { name: "Timer set" }, { "If-Match": etag })).json()) as Moment;
const late = await send(one, "PATCH", { name: "Timer set" }, { "If-Match": etag });
const problem = (await late.json()) as Problem;

console.log(
  JSON.stringify({
    made: made.status,
    replayed: again.headers.get("idempotency-replayed"),
    names,
    changed: changed.name,
    late: [late.status, problem.code],
  }),
);
