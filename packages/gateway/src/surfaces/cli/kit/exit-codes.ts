/** As the service commands of Linux have it: 3 is "not running". docs/guide/command-line.md tells of every code. */
export const NOT_RUNNING = 3;
