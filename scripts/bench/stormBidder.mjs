// Entry of the thread of bidders: registers the TypeScript loader in this thread, then loads the work.
import { register } from 'tsx/esm/api';

register();
await import('./stormBidder.ts');
