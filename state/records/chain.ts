/** The chain itself: where it is, what L1 it follows, under which rules. One record. */
import { address, bytes32, struct, time, u16, type Decoded } from '../codec/layout.ts';
import { singleton } from './kind.ts';

const layout = struct({
  /** Protocol version: a change of rules is a change of this number. */
  version: u16,
  height: time,
  timestamp: time,
  /** Newest L1 block the sequencer vouched for, checked by the Rollup contract. */
  anchorNumber: time,
  anchorHash: bytes32,
  /** L1 inbox items consumed, and the accumulator over exactly those. */
  inboxCursor: time,
  inboxAccumulator: bytes32,
  /** sha256(parameters page 0 || parameters page 1). */
  parameterHash: bytes32,
  /** Index of the next withdrawal record. */
  withdrawalCount: time,
  /** EIP-712 domain separator: {name, version, L1 chain id, Rollup address}. */
  domainSeparator: bytes32,
  sequencer: address,
  /** When blocks last came back after an outage; 0: there was none. */
  resumeTime: time,
});
export type Chain = Decoded<typeof layout>;
export const CHAIN = singleton(1, 'chain', layout);
