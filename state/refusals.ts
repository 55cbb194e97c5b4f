/**
 * Why a transaction was refused: one closed, numbered list. The first broken rule is the one
 * reported; each transaction file lists its own refusals in order of precedence. Numbers are wire
 * format: append, never renumber, never reuse.
 */
export const REFUSAL = {
  // Any transaction.
  malformed: 1,
  too_many_records: 2,
  unknown_transaction_type: 3,
  // Blocks and the L1 inbox.
  height_must_follow: 10,
  timestamp_must_not_decrease: 11,
  anchor_must_not_decrease: 12,
  only_from_inbox: 13,
  // Signed actions.
  action_expired: 20,
  nonce_not_increasing: 21,
  signature_invalid: 22,
  signer_not_authorized: 23,
  account_not_found: 24,
  account_in_auction: 25,
  // Accounts, assets, margin.
  asset_not_found: 30,
  amount_must_be_positive: 31,
  balance_too_low: 32,
  accounts_must_differ: 33,
  too_many_collaterals: 34,
  too_many_positions: 35,
  mode_invalid: 36,
  isolated_needs_one_instrument: 37,
  initial_margin_too_low: 38,
  marks_stale: 39,
  pool_liquidity_too_low: 40,
  recipient_must_not_be_zero: 41,
  unrealised_profit: 42,
  // Sessions.
  session_not_found: 50,
  session_expired: 51,
  session_scope: 52,
  session_market: 53,
  session_notional_cap: 54,
  session_expiry_in_past: 55,
  session_key_must_differ: 56,
  // Trades.
  instrument_not_found: 60,
  instrument_not_trading: 61,
  self_trade: 62,
  order_expired: 63,
  order_nonce_revoked: 64,
  maker_side_must_be_opposite: 65,
  prices_do_not_cross: 66,
  overfilled: 67,
  post_only_would_take: 68,
  immediate_order_cannot_rest: 69,
  fill_or_kill_incomplete: 70,
  reduce_only_would_increase: 71,
  price_out_of_band: 72,
  open_interest_cap: 73,
  order_too_large: 74,
  nonce_floor_must_rise: 75,
  // Prices and marks.
  underlying_not_found: 80,
  publisher_unknown: 81,
  publisher_repeated: 82,
  too_few_publishers: 83,
  report_from_future: 84,
  report_too_old: 85,
  price_time_must_increase: 86,
  price_must_be_positive: 87,
  price_jump_too_large: 88,
  prices_stale: 89,
  instrument_of_other_underlying: 90,
  forward_missing: 91,
  points_not_ascending: 92,
  instrument_expired: 93,
  mark_out_of_range: 94,
  point_unknown: 95,
  surface_out_of_range: 96,
  surface_arbitrage: 97,
  surface_jump_too_large: 98,
  volatility_missing: 99,
  // Settlement and pruning.
  not_expired: 100,
  settlement_price_missing: 101,
  no_position: 102,
  record_not_found: 103,
  not_prunable: 104,
  accounts_not_ascending: 105,
  // Governance.
  parameter_out_of_bounds: 110,
  already_listed: 111,
  listing_invalid: 112,
  unknown_governance_action: 113,
  // Collateral.
  asset_of_other_underlying: 114,
  account_cap: 115,
  // Options listed by rule.
  options_not_listed: 120,
  expiry_not_listed: 121,
  strike_not_listed: 122,
  // Auctions.
  auction_not_found: 130,
  account_is_healthy: 131,
  account_is_unhealthy: 132,
  auction_not_open: 133,
  auction_over: 134,
  auctions_full: 135,
  auctions_paused: 136,
  auction_changed: 137,
  price_above_limit: 138,
  bid_too_small: 139,
  insurance_exhausted: 140,
  market_auctions_full: 141,
  // The waterfall behind auctions.
  account_holds_assets: 150,
  withdrawal_throttled: 151,
  deleveraging_not_due: 152,
  deleveraging_is_on: 153,
  position_not_opposite: 154,
  already_deleveraged: 155,
  // Backstop vaults.
  vault_not_found: 160,
  vault_insolvent: 161,
  vault_locked: 162,
  vault_loss_cap: 163,
  // Claims.
  claim_not_found: 170,
  nothing_recovered: 171,
} as const;

export type RefusalName = keyof typeof REFUSAL;
export type RefusalCode = (typeof REFUSAL)[RefusalName];

const NAMES = new Map<number, RefusalName>(
  Object.entries(REFUSAL).map(([name, code]) => [code, name as RefusalName]),
);

/** The name of a refusal number; `undefined` for a number that was never given. */
export const refusalName = (code: number): RefusalName | undefined => NAMES.get(code);
