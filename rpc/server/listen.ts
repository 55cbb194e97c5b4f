/** Opens a port, or says in words what is in the way and what to do about it. */
import type { Server } from 'node:http';

export interface Address {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export type ListenErrorCode =
  | 'PORT_IN_USE'
  | 'PORT_FORBIDDEN'
  | 'HOST_NOT_AVAILABLE'
  | 'LISTEN_FAILED';

export class ListenError extends Error {
  readonly code: ListenErrorCode;
  readonly address: Address;

  constructor(code: ListenErrorCode, message: string, address: Address, cause: unknown) {
    super(message, { cause });
    this.name = 'ListenError';
    this.code = code;
    this.address = address;
  }
}

function explain(cause: NodeJS.ErrnoException, address: Address): ListenError {
  const { host, port } = address;
  const make = (code: ListenErrorCode, message: string) =>
    new ListenError(code, message, address, cause);
  switch (cause.code) {
    case 'EADDRINUSE':
      return make(
        'PORT_IN_USE',
        `Port ${port} on ${host} is taken: stop the program that has it (perhaps another node), ` +
          'or choose another port; 0 takes any that is free.',
      );
    case 'EACCES':
      return make(
        'PORT_FORBIDDEN',
        `This user may not open port ${port}: choose one above 1023, or grant the right to it.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return make(
        'HOST_NOT_AVAILABLE',
        `This machine has no address ${host}: use 127.0.0.1 for local programs, 0.0.0.0 for all.`,
      );
    default:
      return make('LISTEN_FAILED', `Cannot listen on ${host}:${port}: ${cause.message}`);
  }
}

/** Resolves when `server` listens; throws a `ListenError` otherwise. */
export function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(explain(error, address));
    server.once('error', failed);
    server.listen(address.port, address.host, () => {
      server.removeListener('error', failed);
      resolve();
    });
  });
}
