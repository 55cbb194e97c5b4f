// Entry of the recovery thread: registers the TypeScript loader in this thread, then loads the work.
import { register } from 'tsx/esm/api';

register();
await import('./recoveryThread.ts');
