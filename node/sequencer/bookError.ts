/** Why what a node was told of the book is not taken. */

export type BookErrorCode =
  /** More bytes than a message of its kind has. */
  | 'BOOK_TOO_LARGE'
  /** The sequencer did not sign it. */
  | 'BOOK_WRONG_SIGNER'
  /** Signed, and not in the documented form. */
  | 'BOOK_MALFORMED'
  /** Signed and well formed, and it can not have happened to the orders that are known. */
  | 'BOOK_CONTRADICTION';

export class BookError extends Error {
  override readonly name = 'BookError';
  readonly code: BookErrorCode;

  constructor(code: BookErrorCode, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}
