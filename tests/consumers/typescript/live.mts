// The consumer at work: it signs in to a running server and does a front end's first ten minutes.
import { connect, everybody, Refused, rename, shownName, signIn } from "./consumer.mjs";
import { firstMinutes } from "./integrating.gen.mjs";

declare const process: { env: Record<string, string | undefined> };

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function same(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)} instead of ${String(wanted)}`);
}

/** The code of the problem that something ends with. */
async function codeOf(refused: Promise<unknown>): Promise<string> {
  try {
    await refused;
  } catch (told) {
    if (told instanceof Refused) return told.problem.code;
    throw told;
  }
  return "none";
}

const url = given("REMENTOR_URL");
const organization = given("REMENTOR_ORGANIZATION");
const email = given("REMENTOR_EMAIL");

// A wrong password is a problem with a code; the right one gives tokens.
same(await codeOf(signIn(url, organization, email, "wrong")), "sign-in-refused", "wrong password");
const tokens = await signIn(url, organization, email, given("REMENTOR_PASSWORD"));
const client = connect(url, tokens.access_token);
const me = await client.GET("/v1/me");
same(me.data?.email, email, "who I am");

// A roster arrives; the same key again is the same answer and no second effect.
const people = Array.from({ length: 450 }, (_, n) => `P-${n},Person,Number ${n}`);
const roster = {
  body: {
    format: "csv",
    content: `ID,First,Last\n${people.join("\n")}\n`,
    mapping: {
      external_id: { column: "ID" },
      given_name: { column: "First" },
      family_name: { column: "Last" },
      time_zone: { value: "Europe/Lisbon" },
    },
  },
  params: { header: { "Idempotency-Key": "roster-of-today" } },
} as const;
for (const replayed of [null, "true"]) {
  const { data, error, response } = await client.POST("/v1/participants/import", roster);
  if (error) throw new Refused(error);
  same(data.added_count, 450, "people added");
  same(response.headers.get("Idempotency-Replayed"), replayed, "replayed");
}

// Every page of the list, each person once.
const ids = new Set<string>();
let last = "";
for await (const somebody of everybody(client)) {
  ids.add(somebody.id);
  last = somebody.id;
  same(shownName(somebody).startsWith("Person Number"), true, "a name");
}
same(ids.size, 450, "people listed");

// A change goes to the version that was read; one decided on an older version is refused.
const renamed = await rename(client, last, "Zé");
same(renamed.preferred_name, "Zé", "the new name");
const stale = client
  .PATCH("/v1/participants/{participant_id}", {
    params: { path: { participant_id: last }, header: { "If-Match": '"1"' } },
    body: { preferred_name: "Zeca" },
  })
  .then(({ error }) => {
    if (error) throw new Refused(error);
  });
same(await codeOf(stale), "stale", "an old version");

// A problem tells the place of the payload that does not fit.
const misplaced = await client.POST("/v1/participants", {
  body: { given_name: "Ana", family_name: "Reis", time_zone: "Moon/Crater" },
});
if (!misplaced.error) throw new Error("a time zone on the moon was accepted");
same([...new Refused(misplaced.error).places().keys()].join(), "/time_zone", "the place");

// What happened is told in order, without names.
const feed = await client.GET("/v1/events", { params: { query: { after: 0, limit: 200 } } });
if (feed.error) throw new Refused(feed.error);
const positions = feed.data.items.map((event) => event.position);
same(positions.join(), positions.toSorted((a, b) => a - b).join(), "the order of events");
same(JSON.stringify(feed.data).includes("Reis"), false, "a name in an event");

// What docs/integrating.md shows does what it says.
const told = await firstMinutes(url, organization, email, given("REMENTOR_PASSWORD"));
same(told.length, 451, "450 people and the place that does not fit");
same(told.at(-1)?.startsWith("/time_zone: "), true, "the place");
const shut = await firstMinutes(url, organization, email, "wrong");
same(shut[0]?.startsWith("sign-in-refused"), true, "a wrong password");

console.log(`The consumer saw ${ids.size} people and ${positions.length} events.`);
