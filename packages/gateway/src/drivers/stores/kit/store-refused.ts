/** The store cannot be opened, and what a person can do about it. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}
