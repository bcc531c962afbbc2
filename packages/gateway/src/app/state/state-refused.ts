/** The state directory, or what gives its token, is not fit for a start: something a person can mend. */
export class StateRefused extends Error {
  override readonly name = 'StateRefused';
}
