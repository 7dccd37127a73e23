// What an integrator writes against the generated types; live.mts runs it against a server.
import createClient from "openapi-fetch";

import type { components, paths } from "./contract.gen.js";

type Participant = components["schemas"]["ParticipantOut"];
type Problem = components["schemas"]["ProblemOut"];

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  /** The places of the payload that do not fit, by JSON pointer. */
  places(): Map<string, string> {
    return new Map((this.problem.errors ?? []).map((place) => [place.pointer, place.detail]));
  }
}

export function connect(baseUrl: string, token: string) {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
}

/** Tokens for somebody with a password; keep the refresh token safe. */
export async function signIn(baseUrl: string, organizationId: string, email: string, password: string) {
  const { data, error } = await createClient<paths>({ baseUrl }).POST("/v1/tokens/sign-in", {
    body: { organization_id: organizationId, email, password },
  });
  if (error) throw new Refused(error);
  return data;
}

type Client = ReturnType<typeof connect>;

/** Every participant, page by page. */
export async function* everybody(client: Client): AsyncGenerator<Participant> {
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 200 };
    if (cursor !== null) query.cursor = cursor;
    const { data, error } = await client.GET("/v1/participants", { params: { query } });
    if (error) throw new Refused(error);
    yield* data.items;
    cursor = data.next_cursor;
  } while (cursor !== null);
}

/** Rename somebody, unless somebody else changed the record meanwhile. */
export async function rename(client: Client, id: string, name: string): Promise<Participant> {
  const path = { participant_id: id };
  const read = await client.GET("/v1/participants/{participant_id}", { params: { path } });
  if (read.error) throw new Refused(read.error);
  const version = read.response.headers.get("ETag") ?? "";
  const { data, error, response } = await client.PATCH("/v1/participants/{participant_id}", {
    params: { path, header: { "If-Match": version } },
    body: { preferred_name: name },
  });
  if (response.status === 412) return rename(client, id, name);
  if (error) throw new Refused(error);
  return data;
}

/** The contract keeps null and absent apart, and an answer has no optional members. */
export function shownName(somebody: Participant): string {
  const preferred: string | null = somebody.preferred_name;
  const first: string | undefined = somebody.languages[0];
  return `${preferred ?? somebody.given_name} ${somebody.family_name} (${first ?? "no language"})`;
}
