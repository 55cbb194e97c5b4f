// A client on a thread of its own: sends frames that were signed before, as fast as a window allows
// or at a rate, until all are sent or it is told to stop, and tells what came back and when. Plain JavaScript: threads do not load TypeScript.
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { WebSocket } from 'ws';

const { port, frames, window, perSecond } = workerData;
let total = frames.length;
const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
const latencies = new Float64Array(frames.length);
let sent = 0;
let received = 0;
let acknowledged = 0;
let trades = 0;
let firstError = null;
let startedMs = 0;
let isCorked = false;

/** Frames of one turn leave in one write. */
function send() {
  if (!isCorked) {
    isCorked = true;
    socket._socket.cork();
    process.nextTick(() => {
      isCorked = false;
      socket._socket.uncork();
    });
  }
  socket.send(frames[sent]);
  sent += 1;
}

/** Open loop: what is due is sent, whether or not earlier frames were answered. */
function pace() {
  // The first is due at once.
  const due = Math.min(total, 1 + Math.floor(((performance.now() - startedMs) * perSecond) / 1000));
  while (sent < due) send();
  if (sent < total) setTimeout(pace, 1);
}

/** How often `text` occurs. */
function occurrences(data, text) {
  let count = 0;
  for (let at = data.indexOf(text); at >= 0; at = data.indexOf(text, at + text.length)) count += 1;
  return count;
}

function finish() {
  const elapsedMs = performance.now() - startedMs;
  parentPort.postMessage({ elapsedMs, acknowledged, trades, firstError, latencies: latencies.slice(0, total) });
  socket.terminate();
}

socket.on('message', (data) => {
  acknowledged += occurrences(data, '"receipt":');
  trades += occurrences(data, '"makerOrder":');
  if (firstError === null && data.includes('"error":')) firstError = data.toString().slice(0, 600);
  if (perSecond !== null) {
    // From when the frame was due: a client that falls behind does not hide what it waited for.
    const id = Number(/"id":(\d+)/.exec(data.toString('latin1', 0, 60))[1]);
    latencies[id] = performance.now() - startedMs - (id * 1000) / perSecond;
  }
  received += 1;
  if (received === total) finish();
  else if (perSecond === null && sent < total) send();
});
socket.on('open', () => parentPort.postMessage('open'));
parentPort.once('message', () => {
  startedMs = performance.now();
  if (perSecond !== null) pace();
  else for (let i = 0; i < window && sent < total; i += 1) send();
  parentPort.once('message', () => {
    total = sent;
    if (received === total) finish();
  });
});
