// Everything the embedded L1 can refuse, as two typed errors: one for JSON-RPC callers, one for
// the operator.

/** JSON-RPC error codes, with the meanings geth gives them. */
export const RPC_CODE = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** geth's catch-all: a transaction or a call that the chain refuses. */
  refused: -32000,
  limitExceeded: -32005,
  /** A call that ran and reverted; `data` carries the revert bytes. */
  reverted: 3,
} as const;

/** A refusal that a JSON-RPC caller may see: code and message as geth words them. */
export class L1RpcError extends Error {
  override readonly name = 'L1RpcError';
  readonly code: number;
  readonly data: string | undefined;
  constructor(code: number, message: string, data?: string) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export const invalidParams = (message: string): L1RpcError =>
  new L1RpcError(RPC_CODE.invalidParams, message);

export const refused = (message: string): L1RpcError => new L1RpcError(RPC_CODE.refused, message);

export type EmbeddedL1Fault =
  | 'closed'
  | 'database_corrupt'
  | 'database_failed'
  | 'directory_in_use'
  | 'invalid_options'
  | 'port_in_use'
  | 'server_failed'
  | 'wrong_network';

/** A fault that the operator must see: what is wrong with the disk, the port or the options. */
export class EmbeddedL1Error extends Error {
  override readonly name = 'EmbeddedL1Error';
  readonly fault: EmbeddedL1Fault;
  constructor(fault: EmbeddedL1Fault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
