/** How many turns each agent that has a limit may run at once on this node. */
export type AgentLimits = ReadonlyMap<string, number>;

/** How many more turns each agent with a limit may begin. */
export const roomsLeft = (limits: AgentLimits, busy: Iterable<string | undefined>): ReadonlyMap<string, number> => {
  const rooms = new Map(limits);
  for (const agent of busy) {
    const room = agent === undefined ? undefined : rooms.get(agent);
    if (agent !== undefined && room !== undefined) rooms.set(agent, room - 1);
  }
  return rooms;
};

/** What may be asked of the queue in one go: nothing of agents without room, and of the others no more than fits where all of it is one agent's. */
export const askFor = (free: number, rooms: ReadonlyMap<string, number>): { readonly limit: number; readonly without: readonly string[] } => ({
  limit: Math.min(free, ...[...rooms.values()].filter((room) => room > 0)),
  without: [...rooms].flatMap(([agent, room]) => (room > 0 ? [] : [agent])),
});
