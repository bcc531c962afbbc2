import { type ChannelContext, ChannelFailure } from '../../../engine/ports/channel.ts';

/** The token is not valid, or not any more: no fault of what was asked. */
export class TokenRefused extends ChannelFailure {
  constructor(message: string) {
    super('permanent', message);
  }
}

export interface HoldBack {
  /** Who is told when the token is refused. */
  begin(context: ChannelContext): void;
  end(): void;
  /** For what a send ended with: a message waits until there is another token, and so does the channel. */
  readonly untilThereIsAnother: (thrown: unknown) => never;
}

/** For services that are only asked: that a token is valid no more shows when something is sent. */
export const holdBack = (): HoldBack => {
  let connection: ChannelContext | undefined;
  return {
    begin: (context) => void (connection = context),
    end: () => void (connection = undefined),
    untilThereIsAnother: (thrown) => {
      if (!(thrown instanceof TokenRefused)) throw thrown;
      connection?.disconnected(new ChannelFailure('permanent', thrown.message));
      connection = undefined;
      throw new ChannelFailure('passing', thrown.message);
    },
  };
};
