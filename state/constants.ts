/** Limits of the protocol, each with its reason. Their relations are asserted in test/state. */

/** Records one step may touch. 96 records are ~3.2 M gas of witness on L1 (research/witness). */
export const MAX_RECORDS_PER_STEP = 96;
/** Positions of one account: two full accounts trading touch 2 x 32 instruments and stay below 96. */
export const MAX_POSITIONS = 32;
/** Collateral assets of one account beside cash. */
export const MAX_COLLATERALS = 8;
/** Makers one trade step may fill. */
export const MAX_FILLS_PER_TRADE = 8;
/** Instruments one mark step may re-mark. */
export const MAX_MARKS_PER_STEP = 40;
/** Collateral assets whose haircuts one mark step may move. */
export const MAX_ASSETS_PER_MARK = 8;
/** Accounts one settle step may close out. */
export const MAX_SETTLEMENTS_PER_STEP = 8;
/** Holders one deleverage step may close. */
export const MAX_DELEVERAGED_PER_STEP = 16;
/** Strikes one roll step may list, a call and a put each. */
export const MAX_STRIKES_PER_ROLL = 32;
/** Settled instruments without holders are kept so long for people to look at [s]. */
export const INSTRUMENT_RETENTION_SECONDS = 604_800;
/** Records one prune step may delete. */
export const MAX_PRUNES_PER_STEP = 32;
/** Points (index and forwards) in one price report. */
export const MAX_PRICE_POINTS = 64;
/** Expiries kept per underlying: a chain of dailies, weeklies, months and quarters. */
export const MAX_TERMS = 16;
/** Underlyings one owner may be exposed to, and so of a network. */
export const MAX_EXPOSURES = 64;
/** Publishers in the oracle set. */
export const MAX_PUBLISHERS = 16;
/** Markets a session key may be confined to. */
export const MAX_SESSION_MARKETS = 16;
/** Bytes of a forced transaction or a governance payload: what the Inbox contract takes. */
export const MAX_INBOX_PAYLOAD_BYTES = 4_096;
/** Bytes of one transaction: type, L1 sender and a full payload. No inbox item is too long to consume. */
export const MAX_TRANSACTION_BYTES = 1 + 20 + MAX_INBOX_PAYLOAD_BYTES;
/** Scenarios of a risk array: 9 price moves x 3 volatilities + 8 tails. */
export const SCENARIOS = 35;
/** Settlement prices average the index over this long before expiry. */
export const SETTLEMENT_WINDOW_SECONDS = 1_800;
/** Instruments expire at 08:00 UTC: one settlement window per underlying and day. */
export const EXPIRY_SECOND_OF_DAY = 28_800;
/** Exclusive bound of lots in an order; ticks are below 2^48 by their width: a product below 2^95. */
export const ORDER_FIELD_BOUND = 2n ** 47n;
/** Exclusive bound of a lot [1e-8 units]: at any price its value fits i64. */
export const LOT_SIZE_BOUND = 2n ** 33n;
/** Exclusive bound of a lot's value at the mark [1e-6 USD]: so its risk array fits 2^52, costs i128. */
export const MARK_PER_LOT_BOUND = 2n ** 50n;
/** Exclusive bound of what was ever deposited of an asset: so books and cash always fit i128. */
export const DEPOSITED_BOUND = 2n ** 127n;
/** Exclusive bound of times: 48 bits hold nine million years. */
export const TIME_BOUND = 2 ** 48;
/** Longest pause of auction starts, and least time between the end of one and the next [s]. */
export const MAX_AUCTION_PAUSE_SECONDS = 21_600;
export const AUCTION_PAUSE_REST_SECONDS = 86_400;
/** Initial margin that reputation counts at most [1e-6 USD]: a million dollars. */
export const REPUTATION_MARGIN_MAX = 10n ** 12n;
/** Of what the insurance fund earns, what goes to claims while there are any [1e-18]: half, for the fund has to grow too. */
export const RECOVERY_SHARE = 5n * 10n ** 17n;
/** What is left of a claim of 1 when its scale begins: a claim times this fits 255 bits. */
export const CLAIM_FACTOR_START = 2n ** 127n;
/** Below this the next scale begins: rounding takes less than a micro-dollar of nine trillion dollars. */
export const CLAIM_FACTOR_FLOOR = 2n ** 63n;
/** Bits by which a factor grows where the next scale begins: from below the floor to below the start. */
export const CLAIM_SCALE_BITS = 64;
