/** Why a snapshot is not taken: a code that callers rely on, and what was expected, found, and can be done. */

export type SnapshotFault =
  /** The bytes of a manifest have not the documented form, or contradict themselves. */
  | 'MANIFEST_MALFORMED'
  /** The manifest is of a chain with other contracts. */
  | 'OF_OTHER_CHAIN'
  /** Nobody who may sign blocks signed the block of the manifest. */
  | 'SIGNER_WRONG'
  /** More bytes than the reader takes. */
  | 'TOO_LARGE'
  /** What came for a chunk is not what its hash names: whoever sent it is at fault. */
  | 'CHUNK_WRONG'
  /** A chunk is what its hash names and no list of records: whoever made the manifest is at fault. */
  | 'CHUNK_MALFORMED'
  /** The records do not hash to the root of the block. */
  | 'ROOT_WRONG'
  /** The records and the header of the block contradict each other. */
  | 'HEADER_WRONG'
  /** No batch on L1 reaches the height yet. */
  | 'NOT_ON_L1'
  /** The L1 node shows a payload that is not the posted one. */
  | 'L1_UNREADABLE'
  /** L1 has another block at the height. */
  | 'L1_DIFFERS';

export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  readonly code: SnapshotFault;
  constructor(code: SnapshotFault, message: string) {
    super(message);
    this.code = code;
  }
}
