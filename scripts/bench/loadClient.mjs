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

/** Iterations of arithmetic that touches no memory: ~6 us. */
const SPINS = 4_000;
/** A tick that takes so many times the median of it saw a machine that had stopped, or all but. */
const STALLED = 2.5;
/** Nothing is looked for that was due longer before a stall. */
const LONGEST_MS = 5_000;
/** When ticks were, and what the arithmetic took then. */
const ticks = [];
const costs = [];
let spun = 1;

function spin() {
  const from = performance.now();
  let x = spun;
  for (let i = 0; i < SPINS; i += 1) x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
  spun = x;
  return performance.now() - from;
}

/** Looks at the machine itself. The faster of two: a thread that was put aside once is no stall. */
function tick() {
  costs.push(Math.min(spin(), spin()));
  ticks.push(performance.now() - startedMs);
}

/** Which frames were on their way while the machine stood still, and for what share of the time it did. */
function stalls() {
  const median = [...costs].sort((a, b) => a - b)[costs.length >> 1];
  const met = new Uint8Array(total);
  let stalledMs = 0;
  for (let i = 1; i < ticks.length; i += 1) {
    if (costs[i] < STALLED * median) continue;
    stalledMs += ticks[i] - ticks[i - 1];
    for (let id = Math.floor((ticks[i] * perSecond) / 1000); id >= 0; id -= 1) {
      const dueMs = (id * 1000) / perSecond;
      if (dueMs < ticks[i] - LONGEST_MS) break;
      if (id < total && dueMs + latencies[id] >= ticks[i - 1]) met[id] = 1;
    }
  }
  return { met, stalledShare: stalledMs / ticks.at(-1) };
}
/** Open loop: what is due is sent, whether or not earlier frames were answered. */
function pace() {
  tick();
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
  const seen = perSecond === null ? {} : stalls();
  parentPort.postMessage({ elapsedMs, acknowledged, trades, firstError, latencies: latencies.slice(0, total), ...seen });
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
