/** The end of a command that runs until it is told to stop: in order and within bounds, or at once when told again. */
import type { Logger } from 'pino';
import { EXIT } from './exit.ts';

/** Calls `close` at the first SIGINT or SIGTERM and ends the process, whatever happens to it. */
export function stopOnSignal(log: Logger, seconds: number, close: () => Promise<void>): void {
  let isStopping = false;
  const cut = (why: string): never => {
    log.warn(`${why}; what was acknowledged is durable`);
    process.exit(EXIT.failed);
  };
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) cut('told again to stop: ends at once');
    isStopping = true;
    log.info({ signal, seconds }, 'stopping');
    setTimeout(() => cut('not stopped in time'), seconds * 1_000);
    close().then(
      () => {
        log.info('stopped');
        process.exit(EXIT.ok);
      },
      (error: unknown) => {
        log.fatal({ err: error }, 'the shutdown has failed; what was acknowledged is durable');
        process.exit(EXIT.failed);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
