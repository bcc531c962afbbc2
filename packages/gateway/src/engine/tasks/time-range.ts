const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text);

/** Where a day begins, or a moment; without a zone it is in UTC. */
const beginOf = (text: string): number => Date.parse(isDay(text) || /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);

/** What follows the last moment that is meant: a day is meant whole, and so is a second where none of its parts is named. */
const endOf = (text: string): number => beginOf(text) + (isDay(text) ? DAY_MS : text.includes('.') ? 1 : SECOND_MS);

/** The moments between two that are written as days or as moments, as the store asks for them. */
export const timeRange = ({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): { readonly from: number | undefined; readonly before: number | undefined } => ({
  from: from === undefined ? undefined : beginOf(from),
  before: to === undefined ? undefined : endOf(to),
});
