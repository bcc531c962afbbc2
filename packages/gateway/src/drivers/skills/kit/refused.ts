import { GatewayError } from '@openclaw/contract/errors';

/** The package is not one that is installed. */
export const refused = (why: string): GatewayError => new GatewayError('skill_refused', `The package was refused: ${why}`);

/** Names come from strangers; a message shows no more than a line of one. */
export const shown = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
