/** Colours for a terminal whose owner has not declined them; everybody else gets the text alone. */
export type Colour = 'bold' | 'red' | 'green' | 'yellow' | 'grey';

const CODES: Readonly<Record<Colour, number>> = { bold: 1, red: 31, green: 32, yellow: 33, grey: 90 };

export const wantsColour = (stream: { readonly isTTY?: boolean } = process.stdout): boolean => stream.isTTY === true && !process.env['NO_COLOR'];

export const paint = (colour: Colour, text: string, stream: { readonly isTTY?: boolean } = process.stdout): string => (wantsColour(stream) ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text);
