/** From an envelope to the sequencer and back: the hot path of the node's door. */
import { recover } from '../../node/crypto/recover.ts';
import type { MatchEvent } from '../../node/sequencer/matcher/events.ts';
import type { OrderRequest } from '../../node/sequencer/orderDesk.ts';
import type { SignedReceipt } from '../../node/sequencer/receipts.ts';
import type { CancelAllRequest, CancelRequest } from '../../node/sequencer/requests.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { signerOf, type CompactSignature } from '../../state/codec/signature.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { encodeFlags } from '../../state/transactions/order.ts';
import type { Address, Digest } from '../../state/units.ts';
import { RpcError, type ErrorObject } from '../schema/errors.ts';
import type { Action, Envelope, OrderAction, SubmitOutcome } from '../schema/tx.ts';
import type { Directory, Market } from './directory.ts';
import { errorOf, isAboutSigner } from './rejections.ts';
import { compactSignature, messageDigest, messageOf, orderMessage, type SignedMessage } from './signing.ts';
import { lotsText, ticksText } from './units.ts';
import type { Intake } from './view.ts';

const RECEIPT_STATUS_NAME = ['open', 'filled', 'cancelled', 'applied'] as const;

function receiptJson({ receipt, path, index, groupSize, root, signature }: SignedReceipt) {
  return {
    subject: receipt.subject,
    status: RECEIPT_STATUS_NAME[receipt.status]!,
    sequence: receipt.sequence,
    timeMillis: receipt.timeMillis,
    height: receipt.height,
    filledLots: receipt.filledLots.toString(),
    remainingLots: receipt.remainingLots.toString(),
    path: [...path],
    index,
    groupSize,
    root,
    signature,
  };
}

type FilledEvent = Extract<MatchEvent, { type: 'filled' }>;
const fillsOf = (events: readonly MatchEvent[], taker: Digest, market: Market) =>
  events
    .filter((event): event is FilledEvent => event.type === 'filled' && event.taker === taker)
    .map((event) => ({
      price: ticksText(event.priceTicks, market),
      size: lotsText(event.lots, market),
      makerOrder: event.maker,
    }));

export type Recovered = Readonly<{ digest: Digest; signer: Address | null }>;
/** An envelope whose numbers are read and whose signer is known to be the one it names. */
type Ready = Recovered & Readonly<{ act: () => Promise<SubmitOutcome>; drop?: () => void }>;
export type BatchEntry =
  | Readonly<{ ok: true; result: SubmitOutcome }>
  | Readonly<{ ok: false; error: ErrorObject }>;

/** Takes signed actions. @throws RpcError */
export interface Submitter {
  submit(envelope: Envelope): Promise<SubmitOutcome>;
  /** Each succeeds or fails by itself, in the order given. */
  submitAll(envelopes: readonly Envelope[]): Promise<BatchEntry[]>;
}

export class IntakeSubmitter implements Submitter {
  readonly #intake: Intake;
  readonly #directory: Directory;
  readonly #domainSeparator: Digest;

  constructor(intake: Intake, directory: Directory, domainSeparator: Digest) {
    this.#intake = intake;
    this.#directory = directory;
    this.#domainSeparator = domainSeparator;
  }

  /** Resolves when the outcome is durable. @throws RpcError */
  async submit(envelope: Envelope): Promise<SubmitOutcome> {
    return place(await this.#prepare(envelope));
  }

  /** All signatures first, on as many threads as there are; then one after the other, in order. */
  async submitAll(envelopes: readonly Envelope[]): Promise<BatchEntry[]> {
    const preparing = envelopes.map((envelope) =>
      this.#prepare(envelope).catch((thrown: unknown) => failureOf(thrown)),
    );
    const prepared = await Promise.all(preparing);
    const placing: (BatchEntry | Promise<BatchEntry>)[] = [];
    for (const [i, one] of prepared.entries()) {
      const entry = 'act' in one ? this.#entry(one) : one;
      placing.push(entry);
      // An order is in the book when its call returns; anything else takes effect a little later,
      // and what follows it, such as orders after a cancel-all, must not come first.
      if (envelopes[i]!.action.type !== 'order') await entry;
    }
    return Promise.all(placing);
  }

  async #entry(ready: Ready): Promise<BatchEntry> {
    try {
      return { ok: true, result: await place(ready) };
    } catch (thrown) {
      return failureOf(thrown);
    }
  }

  async #prepare(envelope: Envelope): Promise<Ready> {
    const { action } = envelope;
    const signature = compactSignature(envelope.signature);
    try {
      const ready = await (action.type === 'order'
        ? this.#prepareOrder(action, signature)
        : this.#prepareAction(action, signature));
      if (ready.signer !== envelope.signer.toLowerCase()) ready.drop?.();
      requireSigner(envelope, ready);
      return ready;
    } catch (thrown) {
      throw errorOf(thrown);
    }
  }

  async #prepareAction(action: Action, signature: CompactSignature): Promise<Ready> {
    const { arrivals } = this.#intake;
    const signed = messageOf(action, this.#directory);
    const digest = messageDigest(this.#domainSeparator, signed);
    const signer = await this.#intake.signerOf(digest, signature, action.type === 'bid' ? 'bid' : 'urgent');
    return { digest: toHex(digest), signer, act: () => this.#act(signed, signature, arrivals) };
  }

  async #prepareOrder(action: OrderAction, signature: CompactSignature): Promise<Ready> {
    const market = this.#directory.market(action.market, 'action.market');
    const message = orderMessage(action, this.#directory);
    const { instrument, owner, subaccount, lots, limitTicks, nonce, expiry } = message;
    const flags = encodeFlags(message);
    const request: OrderRequest = {
      instrument,
      order: { owner, subaccount, flags, lots, limitTicks, nonce, expiry, signature },
      clientOrderId: action.clientOrderId,
      selfTrade: action.selfTrade,
      replaces: action.replaces?.toLowerCase() as Digest | undefined,
    };
    const prepared = await this.#intake.prepareOrder(request);
    const { digest, signer } = prepared.identity;
    return {
      digest,
      signer,
      drop: () => this.#intake.dropPrepared(prepared),
      act: async () => {
        const { result, receipt } = await this.#intake.placePrepared(prepared);
        const { record, events } = result;
        return {
          orderId: record.digest,
          status: record.status,
          reason: record.reason,
          filledSize: lotsText(record.filledLots, market),
          remainingSize: lotsText(record.remainingLots, market),
          fills: fillsOf(events, record.digest, market),
          receipt: receiptJson(receipt),
        };
      },
    };
  }

  /** `arrivals`: orders that had come before this action. */
  async #act({ typed, message, transaction }: SignedMessage, signature: CompactSignature, arrivals: number) {
    if (transaction !== undefined) {
      const bytes = encodeTransaction(transaction, { signature, ...message });
      const { result, receipt } = await this.#intake.submitAction(bytes);
      const { hash, sequence, height } = result;
      return { hash, sequence, height, receipt: receiptJson(receipt) };
    }
    if (typed.name === 'CancelAll') {
      const request = message as unknown as CancelAllRequest;
      const { result, receipt } = await this.#intake.cancelAll({ request, signature }, arrivals);
      return { cancelled: result, receipt: receiptJson(receipt) };
    }
    const request = message as unknown as CancelRequest;
    const { result: record, receipt } = await this.#intake.cancelOrder({ request, signature }, arrivals);
    const market = this.#directory.marketOf(record.instrument);
    return {
      orderId: record.digest,
      status: record.status,
      reason: record.reason,
      filledSize: lotsText(record.filledLots, market),
      remainingSize: lotsText(record.remainingLots, market),
      fills: [],
      receipt: receiptJson(receipt),
    };
  }
}

/** The digest of a message on this chain, and whose signature it is. */
export function recovered(domainSeparator: Digest, signed: SignedMessage, signature: CompactSignature): Recovered {
  const digest = messageDigest(domainSeparator, signed);
  return { digest: toHex(digest), signer: signerOf(recover, digest, signature) };
}

/** Runs the action; a refusal becomes an error that shows, where it matters, what was signed by whom. */
async function place({ digest, signer, act }: Ready): Promise<SubmitOutcome> {
  try {
    return await act();
  } catch (thrown) {
    throw isAboutSigner(thrown) ? errorOf(thrown, { digest, recovered: signer }) : errorOf(thrown);
  }
}

/** Who is named must be who signed: a client that mixes up its keys is told so. */
export function requireSigner({ signer }: Envelope, { digest, signer: recovered }: Recovered): void {
  if (recovered === signer.toLowerCase()) return;
  throw new RpcError('SIGNER_MISMATCH', {
    param: 'signer',
    expected: { digest },
    received: { signer: signer.toLowerCase(), recovered },
    nonceConsumed: false,
  });
}

/** The part of a failure that a client is told; what is no refusal is for the dispatcher. */
export function failureOf(thrown: unknown): Extract<BatchEntry, { ok: false }> {
  if (thrown instanceof RpcError) return { ok: false, error: thrown.toObject() };
  throw thrown;
}
