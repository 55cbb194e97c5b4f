/** Why the peers could not be opened or asked. */
export class PeersError extends Error {
  override readonly name = 'PeersError';
  readonly code:
    | 'IDENTITY_DAMAGED'
    | 'LISTEN_FAILED'
    | 'NO_PEERS'
    | 'NOBODY_HAS_IT'
    /** Those asked did not answer, or answered what was not true. */
    | 'NOBODY_ANSWERED'
    /** Everybody who may have it is too busy: ask again in a second. */
    | 'BUSY'
    | 'STOPPED';
  constructor(code: PeersError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
