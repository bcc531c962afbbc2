import { fieldAt } from './field-at.ts';

const PLACE = /\{\{\s*event\.([^{}\s]{1,200})\s*\}\}/g;
const ONE_PLACE = /^\{\{\s*event\.([^{}\s]{1,200})\s*\}\}$/;

/**
 * A transform with the fields of an event in the places of its texts. They are put into values that have been parsed, so nothing that an
 * event holds can end a text or begin a field. A text that is one place and no more becomes what the field is; what is missing is empty.
 */
export const fillTransform = (transform: unknown, event: Readonly<Record<string, unknown>>): unknown => {
  if (typeof transform === 'string') return fillText(transform, event);
  if (Array.isArray(transform)) return transform.map((item: unknown) => fillTransform(item, event));
  if (typeof transform !== 'object' || transform === null) return transform;
  return Object.fromEntries(Object.entries(transform).map(([key, value]) => [key, fillTransform(value, event)]));
};

const fillText = (text: string, event: Readonly<Record<string, unknown>>): unknown => {
  const [, whole] = ONE_PLACE.exec(text) ?? [];
  if (whole !== undefined) return fieldAt(event, whole) ?? '';
  return text.replace(PLACE, (_, path: string) => toText(fieldAt(event, path)));
};

const toText = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
