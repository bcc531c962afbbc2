/** What bounds a client on a socket. */
export interface SocketLimits {
  readonly largestFrame: number;
  /** Of clients that have not said who they are when they connect. */
  readonly largestFrameOfStrangers: number;
  readonly mostStrangers: number;
  readonly strangersStayMs: number;
  /** Pieces one frame may come in. */
  readonly mostFragments: number;
  readonly pingMs: number;
  /** What may wait for a client that reads slowly, in bytes; and how long it may wait. */
  readonly backlog: number;
  readonly patienceMs: number;
  /** Questions of one client that are being answered at once. */
  readonly mostAtOnce: number;
}

export const SOCKET_LIMITS: SocketLimits = {
  largestFrame: 2 * 1024 * 1024,
  largestFrameOfStrangers: 64 * 1024,
  mostStrangers: 64,
  strangersStayMs: 3_500,
  mostFragments: 1_024,
  pingMs: 25_000,
  backlog: 256 * 1024,
  patienceMs: 10_000,
  mostAtOnce: 64,
};
