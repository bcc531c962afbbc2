/** The lines somebody typed into chats, newest last. For their eyes alone. */
export interface ChatHistory {
  readonly lines: readonly string[];
  add(line: string): Promise<void>;
}
