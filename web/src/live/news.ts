/** What has changed among the records, for the pages that show it: told in passing, not numbered, asked for anew. */

export type News =
  | { type: 'record.changed'; data: { kind: string; id: number; version: number; state: string | null } }
  | { type: 'kind.changed'; data: { kind: string; version: number } };
