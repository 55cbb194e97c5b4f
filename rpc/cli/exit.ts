/** Exit codes, the same for every command. */
export const EXIT = {
  ok: 0,
  /** Wrong flags or settings. */
  usage: 1,
  /** The node, L1 or disk said no; the message says what to do. */
  failed: 2,
  /** The chain on L1 departs from the rules. */
  divergence: 70,
} as const;

/** Ends the program with a message for people. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
