/** The agent is about to ask for help. */
export const asking = $state({ now: false });
