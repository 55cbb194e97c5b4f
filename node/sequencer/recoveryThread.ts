/** The recovery thread: batches of requests in, batches of answers out. */
import { parentPort } from 'node:worker_threads';
import { fromHex } from '../../state/codec/bytes.ts';
import { signerOfBytes } from '../../state/codec/signature.ts';
import { recover } from '../crypto/recover.ts';
import { ANSWER_BYTES, REQUEST_BYTES } from './recovery.ts';

parentPort!.on('message', (requests: Uint8Array) => {
  const count = requests.length / REQUEST_BYTES;
  const answers = new Uint8Array(count * ANSWER_BYTES);
  for (let i = 0; i < count; i++) {
    const at = i * REQUEST_BYTES;
    const digest = requests.slice(at, at + 32);
    const signer = signerOfBytes(recover, digest, requests.subarray(at + 32, at + REQUEST_BYTES));
    if (signer === null) continue;
    answers[i * ANSWER_BYTES] = 1;
    answers.set(fromHex(signer), i * ANSWER_BYTES + 1);
  }
  parentPort!.postMessage(answers, [answers.buffer]);
});
