/** What of a list that is told whole each time is new. Pure. */

/** Those of `now` that were not among `before`. */
export const fresh = <Key>(before: ReadonlySet<Key>, now: readonly Key[]): Key[] => now.filter((key) => !before.has(key));

/** When each agent asked for help: who asks anew, asks at another time. */
export const flagsOf = (agents: readonly { id: number; help?: { since: number; seen_by?: string } }[]): string[] =>
  agents.flatMap(({ id, help }) => (help && help.seen_by === undefined ? [`${id}:${help.since}`] : []));
