/** Mistakes that somebody could make in the Solidity twin, each at one place of one file. */
import type { StepFamily } from '../../../../../genesis/contracts/steps.ts';

export type Mutant = Readonly<{
  name: string;
  /** Below `genesis/contracts`. */
  file: string;
  from: string;
  to: string;
  /** Whose steps must notice. */
  family: StepFamily;
}>;

const inFile =
  (file: string, family: StepFamily) =>
  (name: string, from: string, to: string): Mutant => ({ name, file, from, to, family });

const fold = inFile('lib/Fold.sol', 'tradeSteps');
const draft = inFile('lib/Draft.sol', 'tradeSteps');
const integer = inFile('lib/Integer.sol', 'tradeSteps');
const integerOfPrices = inFile('lib/Integer.sol', 'markSteps');
const signatures = inFile('lib/Signatures.sol', 'tradeSteps');
const accounts = inFile('records/Accounts.sol', 'tradeSteps');
const keys = inFile('records/Keys.sol', 'tradeSteps');
const ledger = inFile('ledger/Ledger.sol', 'tradeSteps');
const interest = inFile('ledger/Interest.sol', 'actionSteps');
const interestOfPosts = inFile('ledger/Interest.sol', 'oracleSteps');
const holdings = inFile('records/Holdings.sol', 'actionSteps');
const haircut = inFile('risk/Haircut.sol', 'markSteps');
const markedAssets = inFile('steps/mark/Assets.sol', 'markSteps');
const setAsset = inFile('steps/governance/SetAsset.sol', 'chainSteps');
const setInstrument = inFile('steps/governance/SetInstrument.sol', 'chainSteps');
const setUnderlying = inFile('steps/governance/SetUnderlying.sol', 'chainSteps');
const positions = inFile('ledger/Positions.sol', 'tradeSteps');
const owners = inFile('ledger/Owners.sol', 'tradeSteps');
const fees = inFile('risk/Fees.sol', 'tradeSteps');
const relief = inFile('risk/Relief.sol', 'tradeSteps');
const reputation = inFile('risk/Reputation.sol', 'tradeSteps');
const initialMargin = inFile('risk/Reputation.sol', 'actionSteps');
const equity = inFile('risk/Equity.sol', 'actionSteps');
const tally = inFile('risk/Tally.sol', 'actionSteps');
const size = inFile('risk/Size.sol', 'actionSteps');
const scan = inFile('risk/Scan.sol', 'actionSteps');
const charges = inFile('risk/Charges.sol', 'actionSteps');
const margin = inFile('risk/Margin.sol', 'actionSteps');
const marginOfTrades = inFile('risk/Margin.sol', 'tradeSteps');
const freshness = inFile('risk/Freshness.sol', 'tradeSteps');
const orders = inFile('steps/trade/SignedOrders.sol', 'tradeSteps');
const market = inFile('steps/trade/Market.sol', 'tradeSteps');
const fills = inFile('steps/trade/Fills.sol', 'tradeSteps');
const parties = inFile('steps/trade/Parties.sol', 'tradeSteps');
const partyFees = inFile('steps/trade/PartyFees.sol', 'tradeSteps');
const trade = inFile('steps/Trade.sol', 'tradeSteps');
const deposit = inFile('steps/Deposit.sol', 'chainSteps');
const inbox = inFile('steps/shared/InboxItems.sol', 'chainSteps');
const withdrawals = inFile('steps/shared/Withdrawals.sol', 'actionSteps');
const block = inFile('steps/BeginBlock.sol', 'chainSteps');
const prune = inFile('steps/Prune.sol', 'chainSteps');
const setParameters = inFile('steps/governance/SetParameters.sol', 'chainSteps');
const listInstrument = inFile('steps/governance/ListInstrument.sol', 'chainSteps');
const action = inFile('steps/Action.sol', 'actionSteps');
const withdraw = inFile('steps/Withdraw.sol', 'actionSteps');
const transfer = inFile('steps/Transfer.sol', 'actionSteps');
const reports = inFile('steps/prices/Reports.sol', 'oracleSteps');
const settlement = inFile('steps/prices/Settlement.sol', 'oracleSteps');
const settle = inFile('steps/Settle.sol', 'markSteps');
const scenarios = inFile('risk/Scenarios.sol', 'markSteps');
const options = inFile('pricing/Options.sol', 'markSteps');
const settling = inFile('pricing/Settling.sol', 'markSteps');
const volatility = inFile('pricing/Volatility.sol', 'markSteps');
const mark = inFile('steps/Mark.sol', 'markSteps');
const points = inFile('steps/prices/Points.sol', 'oracleSteps');
const surface = inFile('steps/prices/Surface.sol', 'oracleSteps');
const terms = inFile('records/Terms.sol', 'oracleSteps');
const roll = inFile('steps/Roll.sol', 'chainSteps');
const bars = inFile('regime/Bars.sol', 'oracleSteps');
const variances = inFile('regime/Variances.sol', 'oracleSteps');
const filter = inFile('regime/Filter.sol', 'oracleSteps');
const forecast = inFile('regime/Forecast.sol', 'oracleSteps');
const backtest = inFile('regime/Backtest.sol', 'oracleSteps');
const macroSeries = inFile('regime/MacroSeries.sol', 'oracleSteps');
const regimes = inFile('regime/Regimes.sol', 'oracleSteps');
const calendar = inFile('math/Calendar.sol', 'chainSteps');
const prices = inFile('steps/PostPrices.sol', 'oracleSteps');
const pause = inFile('steps/governance/PauseAuctions.sol', 'chainSteps');
const curve = inFile('liquidation/Curve.sol', 'bidSteps');
const distress = inFile('liquidation/Distress.sol', 'bidSteps');
const lifecycle = inFile('liquidation/Lifecycle.sol', 'auctionSteps');
const marketLimits = inFile('liquidation/Market.sol', 'auctionSteps');
const offer = inFile('liquidation/Offer.sol', 'bidSteps');
const slice = inFile('liquidation/Slice.sol', 'bidSteps');
const startAuction = inFile('steps/StartAuction.sol', 'auctionSteps');
const bid = inFile('steps/Bid.sol', 'bidSteps');
const instruments = inFile('records/Instruments.sol', 'tradeSteps');
const sale = inFile('liquidation/Sale.sol', 'bidSteps');
const absorb = inFile('steps/Absorb.sol', 'waterfallSteps');
const socialize = inFile('steps/Socialize.sol', 'waterfallSteps');
const deficit = inFile('ledger/Deficit.sol', 'actionSteps');
const deleverage = inFile('steps/Deleverage.sol', 'roundSteps');
const round = inFile('liquidation/Round.sol', 'roundSteps');
const claims = inFile('ledger/Claims.sol', 'vaultSteps');
const claimsOfRounds = inFile('ledger/Claims.sol', 'roundSteps');
const redeemClaim = inFile('steps/RedeemClaim.sol', 'vaultSteps');
const vaults = inFile('liquidation/Vault.sol', 'vaultSteps');
const vaultDeposit = inFile('steps/VaultDeposit.sol', 'vaultSteps');
const vaultWithdraw = inFile('steps/VaultWithdraw.sol', 'vaultSteps');

export const MUTANTS: readonly Mutant[] = [
  block('blocks: an outage goes unnoticed', 'if (isBack) chain.set(ChainLayout.RESUME_TIME, timestamp);', ''),
  prices('prices: an outage goes unnoticed', 'underlying.set(UnderlyingLayout.RESUME_TIME, timestamp);', 'timestamp++;'),
  pause('pause: one after the other', '(isRested && isBounded)', 'isBounded'),
  curve('curve: half as many steps', 'elapsed / stepSeconds_; steps > 0', 'elapsed / stepSeconds_ / 2; steps > 0'),
  curve('curve: the fund pays between steps', 'elapsed - elapsed % stepSeconds_', 'elapsed + 0 * stepSeconds_'),
  distress('distress: collateral after its haircut', 'distress.value = distress.equity + distress.haircuts;', 'distress.value = distress.equity;'),
  distress('distress: what is crowded sells like the rest', 'distress.size + risk.sums.crowded', 'distress.size'),
  lifecycle('lifecycle: the flag stays', 'account.set(AccountLayout.AUCTION, NO_AUCTION);', ''),
  lifecycle('lifecycle: what has ended is still on sale', 'pool.get(PoolLayout.AUCTIONED) - auction.get(AuctionLayout.MAINTENANCE)', 'pool.get(PoolLayout.AUCTIONED) - 0 * auction.get(AuctionLayout.MAINTENANCE)'),
  lifecycle('lifecycle: what begins anew is counted twice', 'if (auction.exists()) _leave(draft, pool, auction);', ''),
  marketLimits('market limits: the first that is held', 'if (book.loss < loss) continue;', 'if (loss >= 0) continue;'),
  marketLimits('market limits: whatever the collateral', 'if (book.pledged < pledged) continue;', ''),
  marketLimits('market limits: the last of equals', 'if (book.pledged == pledged && book.id > market) continue;', ''),
  marketLimits('market limits: a start is not counted', 'market.get(MarketLayout.AUCTIONED) + auction', 'market.get(MarketLayout.AUCTIONED) + 0 * auction'),
  marketLimits('market limits: an end is not counted', 'market.get(MarketLayout.AUCTIONED) - auction', 'market.get(MarketLayout.AUCTIONED) - 0 * auction'),
  marketLimits('market limits: the first needs room', 'auctioned == 0 || ', ''),
  marketLimits('market limits: all days are one', 'if (day == market.get(MarketLayout.FUND_DAY)) {', 'if (day != 0) {'),
  marketLimits('market limits: each start is a day', 'if (day == market.get(MarketLayout.FUND_DAY)) {', 'if (day == 0) {'),
  marketLimits('market limits: the limit shrinks with the fund', 'if (limit < market.get(MarketLayout.FUND_LIMIT)) limit = market.get(MarketLayout.FUND_LIMIT);', ''),
  marketLimits('market limits: the fund has no limit', 'if (wanted > limit - used) wanted = limit - used;', ''),
  marketLimits('market limits: yesterday is given back today', 'if (day != market.get(MarketLayout.FUND_DAY)) return;', ''),
  marketLimits('market limits: nothing is given back', '- auction.get(AuctionLayout.FUND_LEFT)', '- 0 * auction.get(AuctionLayout.FUND_LEFT)'),
  offer('offer: no buffer', 'Integer.WAD + int256(parameters.get(ParametersLayout.AUCTION_BUFFER))', 'Integer.WAD'),
  offer('offer: what bids left behind is sold', 'int256 value = distress.value - int256(auction.get(AuctionLayout.RESERVED));', 'int256 value = distress.value;'),
  offer('offer: no grace', 'uint256 opens = resumed + portfolio.parameters.get(ParametersLayout.AUCTION_GRACE);', 'uint256 opens = resumed;'),
  offer('offer: dust is left', 'if (distress.maintenance * (Integer.WAD - share) < dust) return Integer.WAD;', ''),
  slice('slice: lots rounded up', 'int256 part = size * share / Integer.WAD;', 'int256 part = Integer.divUp(size * share, Integer.WAD);'),
  slice('slice: paid by the share asked for', 'slice.share = all == 0 ? share : taken * Integer.WAD / all;', 'slice.share = share;'),
  slice('slice: open interest stays', 'instruments[i].set(InstrumentLayout.OPEN_INTEREST, uint256(openInterest + grown));', 'openInterest += grown;'),
  startAuction('start: a healthy account', 'draft.require_(found.distress.isUnhealthy(), Refusal.ACCOUNT_IS_HEALTHY);', ''),
  startAuction('start: room for what begins anew', 'if (isFirst) _requireRoom(draft, found);', '_requireRoom(draft, found);'),
  startAuction('start: any number of a market', 'draft.require_(Markets.hasRoom(auctioned, maintenance, most), Refusal.MARKET_AUCTIONS_FULL);', ''),
  startAuction('start: the fund is for small ones as for large', 'WANTED_TIMES * lacking', 'WANTED_TIMES * lacking * 1e6'),
  startAuction('start: reputation stays', 'Reputation.slash(found.account);', ''),
  startAuction('start: nothing for the fund', 'Ledger.moveCash(draft, account, Ledger.INSURANCE, reward);', ''),
  bid('bid: whatever it was', 'draft.require_(expected == ANY_STATE || bytes32(expected) == sha256(account), Refusal.AUCTION_CHANGED);', ''),
  bid('bid: at any price', 'draft.require_(sale.price <= body.getInt(BidBody.MAX_PRICE), Refusal.PRICE_ABOVE_LIMIT);', ''),
  sale('sale: of a healthy account', 'draft.require_(distress.isUnhealthy(), Refusal.ACCOUNT_IS_HEALTHY);', ''),
  sale('sale: no penalty', 'Ledger.moveCash(draft, seller, Ledger.INSURANCE, penalty);', ''),
  sale('sale: the penalty pays no loss', 'Deficit.settle(sale.portfolio.pool, penalty);', ''),
  sale('sale: the fund pays without limit', 'return all <= sale.fund ? Integer.WAD : sale.fund * Integer.WAD / all;', 'return all <= sale.fund ? Integer.WAD : Integer.WAD;'),
  sale('sale: the fund is not used up', 'auction.get(AuctionLayout.FUND_LEFT) - uint256(fromFund + owed)', 'auction.get(AuctionLayout.FUND_LEFT) - 0 * uint256(fromFund + owed)'),
  sale('sale: to who has no margin', 'Margins.requireInitial(draft, Margins.compute(draft, bidder, holder.value));', ''),
  sale('sale: in the middle of a round', '_requireNoRound(draft, sale.portfolio);', ''),
  sale('sale: coins wait for the fund', 'if (sale.portfolio.instruments.length == 0) _limitToFund(offer, sale.fund);', ''),
  absorb('absorb: as soon as others', 'return sale.elapsed * WAITS >= int256(parameters.get(ParametersLayout.INSOLVENT_SECONDS));', 'return sale.elapsed * WAITS >= 0 * int256(parameters.get(ParametersLayout.INSOLVENT_SECONDS));'),
  absorb('absorb: beyond the loss of a day', 'draft.require_(lost <= int256(vault.get(VaultLayout.LOSS_CAP)), Refusal.VAULT_LOSS_CAP);', 'lost++;'),
  socialize('socialize: what the fund paid is free again', 'left - fromFund', 'left - 0 * fromFund'),
  deleverage('deleverage: before its time', 'draft.require_(isDue, Refusal.DELEVERAGING_NOT_DUE);', 'isDue = true;'),
  deleverage('deleverage: one holder twice', 'draft.require_(hasPart == isWeighed, Refusal.ALREADY_DELEVERAGED);', 'draft.require_(hasPart || !isWeighed, Refusal.ALREADY_DELEVERAGED);'),
  deleverage('deleverage: who was weighed in another round', '&& part.get(PartLayout.ROUND) == round.get(RoundLayout.NUMBER);', ';'),
  deleverage('deleverage: some close while others are not weighed', 'round.get(RoundLayout.WEIGHED) == round.get(RoundLayout.OPEN_INTEREST)', 'round.get(RoundLayout.WEIGHED) != 0'),
  deleverage('deleverage: of one side', 'draft.require_((held > 0) != (left > 0), Refusal.POSITION_NOT_OPPOSITE);', ''),
  round('round: principal is taken', 'Integer.min(int256(round.get(RoundLayout.HAIRCUT_PER_LOT)) * lots, profit)', 'int256(round.get(RoundLayout.HAIRCUT_PER_LOT)) * lots'),
  round('round: a share is rounded down', 'Integer.divUp(free * lots, allFree)', 'Integer.divDown(free * lots, allFree)'),
  round('round: hedges close with the rest', 'if (lots <= allFree) return', 'if (allFree == 0) return'),
  round('round: hedges are closed by the lot', '(held - free) * (lots - allFree)', '(held - free) * lots'),
  round('round: a hedge in any underlying', 'if (instrument.get(InstrumentLayout.UNDERLYING) != underlying) continue;', ''),
  round('round: what turns the account is free too', 'if (net == 0 || (net > 0) != ((held > 0) == (delta > 0))) return 0;', ''),
  round('round: a part stays', 'weighed.remove();', ''),
  round('round: the market stays shut', 'if (isOn) instrument.set(InstrumentLayout.STATUS, round.get(RoundLayout.STATUS));', 'isOn = false;'),
  claims('claims: all of the income', 'income * int256(Limit.RECOVERY_SHARE) / Integer.WAD', 'income * int256(Limit.RECOVERY_SHARE) / Integer.WAD * 2'),
  claims('claims: out of what losses will take', 'insurance - flagged - pool.getInt(PoolLayout.CLAIM_MARK)', 'insurance - 0 * flagged - pool.getInt(PoolLayout.CLAIM_MARK)'),
  claims('claims: the same income twice', 'pool.setInt(PoolLayout.CLAIM_MARK, insurance - amount - flagged);', ''),
  claims('claims: a factor rounded down', 'Integer.divUp(int256(pool.get(PoolLayout.CLAIM_FACTOR)) * left, before)', 'Integer.divDown(int256(pool.get(PoolLayout.CLAIM_FACTOR)) * left, before)'),
  claims('claims: what is left rounded down', 'Integer.divUp(product, int256(claim.get(ClaimLayout.FACTOR)))', 'Integer.divDown(product, int256(claim.get(ClaimLayout.FACTOR)))'),
  claims('claims: recovered whole, and still owed', 'if (scale < pool.get(PoolLayout.CLAIM_START)) return 0;', ''),
  claims('claims: one scale without end', 'factor < Limit.CLAIM_FACTOR_FLOOR', 'factor == 0'),
  claimsOfRounds('claims: paid by the fund alone', 'if (claims != 0) insurance = Integer.min(pool.getInt(PoolLayout.CLAIM_MARK), insurance);', ''),
  claimsOfRounds('claims: what was due is lost', 'if (claim.exists()) pay(draft, claim, Keys.account(id));', ''),
  redeemClaim('redeem: for nothing', 'draft.require_(due > 0, Refusal.NOTHING_RECOVERED);', 'due++;'),
  socialize('socialize: the fund keeps its money', 'Ledger.moveCash(draft, Ledger.INSURANCE, key, fromFund);', 'fromFund = 0;'),
  socialize('socialize: the rate stays', 'Deficit.fixRate(pool);', ''),
  deficit('deficit: a withdrawal pays nothing', 'return Integer.min(Integer.divUp(amount * lost, Integer.WAD), pool.getInt(PoolLayout.DEFICIT));', 'return Integer.min(Integer.divUp(amount * lost, Integer.WAD), 0 * pool.getInt(PoolLayout.DEFICIT));'),
  deficit('deficit: nothing is provided', 'Integer.divUp(amount * Integer.min(uncovered, cash), Integer.max(cash, 1))', 'Integer.divUp(0 * amount * Integer.min(uncovered, cash), Integer.max(cash, 1))'),
  vaultDeposit('vault: a deposit is not locked', 'timestamp + vault.get(VaultLayout.LOCK_SECONDS)', 'timestamp'),
  vaultWithdraw('vault: before its time', 'draft.require_(timestamp >= stake.get(StakeLayout.LOCKED_UNTIL), Refusal.VAULT_LOCKED);', ''),
  vaults('vault: the first share costs nothing', 'uint256(GHOST)) / uint256(value + GHOST);', 'uint256(GHOST)) / uint256(value + 1);'),
  vaults('vault: a day without end', 'if (day == vault.get(VaultLayout.DAY)) return;', 'if (vault.get(VaultLayout.DAY) != 0) return;'),
  block('blocks: time goes back', 'timestamp >= chain.get(ChainLayout.TIMESTAMP)', 'timestamp >= 0'),
  deposit('deposit: beyond the cap', 'return amount > 0 && isWithinCap &&', 'return amount > 0 && (isWithinCap || true) &&'),
  deposit('deposit: the books are left out', 'asset.set(AssetLayout.DEPOSITED, asset.get(AssetLayout.DEPOSITED) + amount);', ''),
  inbox('inbox: an item does not move the cursor', 'chain.get(ChainLayout.INBOX_CURSOR) + 1', 'chain.get(ChainLayout.INBOX_CURSOR)'),
  prune('prune: live records go', 'draft.require_(record.get(expiry) <= timestamp, Refusal.NOT_PRUNABLE);', 'draft.require_(record.get(expiry) <= timestamp + 1, Refusal.NOT_PRUNABLE);'),
  setParameters('parameters: the upper bound', 'value < low.get(field) || value > high.get(field)', 'value < low.get(field) || value > high.get(field) + 1'),
  setParameters('parameters: a publisher twice', 'if (_member(publishers, i) == _member(publishers, j)) return false;', 'if (_member(publishers, i) == 0 && _member(publishers, j) == 0) return false;'),
  listInstrument('listing: any hour of the day', '&& expiry % SECONDS_PER_DAY == Limit.EXPIRY_SECOND_OF_DAY', ''),
  action('actions: a nonce twice', 'nonce > signer.account.get(AccountLayout.ACTION_NONCE)', 'nonce >= signer.account.get(AccountLayout.ACTION_NONCE)'),
  action('actions: anybody signs', 'uint160(recovered) == signer.id >> 8', 'uint160(recovered) != 0'),
  withdraw('withdraw: more than there is', 'draft.require_(Holdings.balanceOf(draft, signer.account, id) >= int256(amount), Refusal.BALANCE_TOO_LOW);', ''),
  withdraw('withdraw: without margin', 'Margins.requireFree(draft, Margins.compute(draft, signer.id, signer.account.value));', 'Margins.compute(draft, signer.id, signer.account.value);'),
  withdrawals('withdrawals: the count stays', 'index + 1', 'index'),
  transfer('transfer: to oneself', 'draft.require_(receiverId != sender.id, Refusal.ACCOUNTS_MUST_DIFFER);', ''),
  reports('prices: one publisher twice', 'draft.require_(seen & publisher == 0, Refusal.PUBLISHER_REPEATED);', 'draft.require_(seen & publisher == 0 || true, Refusal.PUBLISHER_REPEATED);'),
  reports('prices: one report too few', 'draft.require_(post.reports >= publishers.get(PublishersLayout.THRESHOLD), Refusal.TOO_FEW_PUBLISHERS);', 'draft.require_(post.reports + 1 >= publishers.get(PublishersLayout.THRESHOLD), Refusal.TOO_FEW_PUBLISHERS);'),
  settlement('settlement: the window opens a second late', 'uint256 opens = expiry - WINDOW;', 'uint256 opens = expiry - WINDOW + 1;'),
  settle('settle: before expiry', 'expiry != 0 && expiry <= timestamp', 'expiry != 0 && expiry <= timestamp + 1'),
  settle('settle: open interest stays', 'openInterest - uint256(size)', 'openInterest'),
  settle('settle: a put pays as a call', 'if (kind == Instruments.PUT) return strike > average ? strike - average : 0;', 'if (kind == Instruments.PUT) return strike < average ? average - strike : 0;'),
  prune('prune: instruments that somebody holds', '&& instrument.get(InstrumentLayout.OPEN_INTEREST) == 0;', ';'),
  scenarios('scenarios: tails undamped', 'TAIL_WEIGHT * scanRange / Integer.abs(percent)', 'Integer.WAD'),
  scenarios('scenarios: volatility up without its floor', 'Integer.max(sigma + up, set.floor)', 'sigma + up'),
  scenarios('scenarios: one power for every expiry', 'tau <= OptionChain.SHOCK_SECONDS ? OptionChain.SHORT_POWER : OptionChain.LONG_POWER', 'OptionChain.SHORT_POWER'),
  options('options: the base is marked down', 'return uint256(Integer.divNearest(base, WAD_PER_PRICE));', 'return uint256(base / WAD_PER_PRICE);'),
  options('options: a put has the delta of a call', 'option.isCall ? values.deltaCall : values.deltaCall - WAD', 'values.deltaCall'),
  options('options: the tails count fully', '(price - base) * scenarios.dampings[s] * option.lot', '(price - base) * WAD * option.lot'),
  options('options: certain a little too early', 'parts.moving < OptionChain.LEAST_PRICED;', 'parts.moving < 1e9 * OptionChain.LEAST_PRICED;'),
  settling('settling: the whole forward moves', 'parts.moving = forward * (expiry - now_) / window;', 'parts.moving = forward;'),
  settling('settling: a post of the window is not seen', 'if (oracleTime <= opens) return', 'if (oracleTime <= now_) return'),
  volatility('volatility: no skew', 'theta * (Kernel.Q96 + (rho * slope >> 96) + curve)', 'theta * (Kernel.Q96 + curve)'),
  volatility('volatility: wings without end', 'Integer.clamp(logStrikeOverForward, -wing, wing)', 'logStrikeOverForward + wing - wing'),
  mark('mark: an old slice is fresh', 'if (!isFresh) return;', ''),
  points('points: a slice without its end', 'quantity == Quantity.PSI || (i + 1 < post.points && _isSameTerm(post, i, i + 1))', 'quantity <= Quantity.PSI'),
  surface('surface: butterflies cost nothing', 'draft.require_(!_hasButterflyArbitrage(term), Refusal.SURFACE_ARBITRAGE);', ''),
  surface('surface: expiries cross', 'far.theta < near.theta ||', ''),
  surface('surface: any jump', 'draft.require_(!_isJump(old, term), Refusal.SURFACE_JUMP_TOO_LARGE);', ''),
  terms('terms: a forward alone drops the slice', 'if (fresh == old && first.volatilityTime == 0) _keepSlice(first, known[i]);', ''),
  roll('roll: strikes beyond reach', '&& strike * OptionChain.STRIKE_REACH >= index', ''),
  roll('roll: an id that exists', 'draft.require_(!instrument.exists(), Refusal.ALREADY_LISTED);', ''),
  calendar('calendar: any Friday is the last', 'return isFriday(day) && monthOf(day) != monthOf(day + 7);', 'return isFriday(day);'),
  bars('regime: a bar of the last price alone', 'if (regime.get(RegimeLayout.HOUR) == 0) return', 'if (old.index > 0) return'),
  bars('regime: a window opens a second late', 'return opening > old.time && opening <= time;', 'return opening > old.time && opening < time;'),
  variances('regime: a gap counts as an hour', 'int256 perHour = square / span;', 'int256 perHour = square;'),
  variances('regime: no bound on a return', '-most, most);', '-most - Kernel.Q96, most + Kernel.Q96);'),
  variances('regime: ten years are not forgotten', 'sum - sum * over / known + square', 'sum + square'),
  variances('regime: returns of other hours are compared', 'if (leader.get(RegimeLayout.BAR_HOURS) != span) return;', ''),
  filter('regime: macro stress tilts nothing', 'Kernel.Q96 + Model.TILT_STRESS * tilt', 'Kernel.Q96 + tilt'),
  filter('regime: a gap is one day', 'if (span > Model.MAX_FILTER_DAYS) span = Model.MAX_FILTER_DAYS;', 'span = 1;'),
  forecast('regime: implied volatility without its band', 'int256 held = Integer.clamp(implied, low,', 'int256 held = Integer.max(implied,'),
  forecast('regime: genesis stops at once', 'Integer.clamp(left, 0, fade) * WAD / fade', 'Integer.clamp(left, 0, 1) * WAD'),
  forecast('regime: fees move with every hour', '>= last * Model.FEE_MULTIPLIER_BAND ? target', '>= 0 ? target'),
  backtest('regime: five exceptions are green', 'if (exceptions <= Model.GREEN_EXCEPTIONS) return WAD;', 'if (exceptions <= 5) return WAD;'),
  backtest('regime: a penalty sinks', 'return level > penalty ? level : penalty;', 'return level;'),
  macroSeries('regime: a market that is shut has closes', 'if (close == last) return;', ''),
  macroSeries('regime: old closes do not fade', ': value >> late;', ': value;'),
  regimes('regime: takes force at once', 'bool isLeader = underlying.get(UnderlyingLayout.LEADER) == id;', 'bool isLeader = underlying.get(UnderlyingLayout.LEADER) == id; underlying.set(UnderlyingLayout.STRESS, 0);'),
  regimes('regime: days end an hour late', 'if (bar.hour / DAY_HOURS > last / DAY_HOURS)', 'if ((bar.hour - 1) / DAY_HOURS > (last - 1) / DAY_HOURS)'),
  fold('fold: a lone leaf does not rise', 'if (left == 0 && (right == 0 || uint256(right) & 1 == 1)) return right;', 'if (left == 0 && right == 0) return right;'),
  fold('fold: the sides of a branch swapped', 'if ((key >> (256 - depth)) & 1 == 1) {', 'if ((key >> (256 - depth)) & 1 == 0) {'),
  fold('fold: the root after is the root before', 'return (current.pre, current.post);', 'return (current.pre, current.pre);'),
  draft('draft: a refusal keeps its changes', 'afterward[i] = isRefused ? entry.kept : _hashNow(entry);', 'afterward[i] = isRefused && !entry.isTouched ? entry.kept : _hashNow(entry);'),
  draft('draft: one record more than allowed', 'if (draft.touched >= Limit.MAX_RECORDS_PER_STEP)', 'if (draft.touched > Limit.MAX_RECORDS_PER_STEP)'),
  draft('draft: a record counts at every touch', 'if (entry.isTouched) return entry;', 'if (entry.isTouched) { draft.touched++; return entry; }'),
  integerOfPrices('integer: the nearest is the lower', 'return x < 0 ? -((-x + y / 2) / y) : (x + y / 2) / y;', 'return divDown(x, y);'),
  integer('integer: up is down', 'return x > 0 ? (x - 1) / y + 1 : x / y;', 'return x < 0 ? (x + 1) / y - 1 : x / y;'),
  integer('integer: down truncates', 'return x < 0 ? (x + 1) / y - 1 : x / y;', 'return x / y;'),
  signatures('signature: a large s is taken', 'if (s > HALF_ORDER) return address(0);', ''),
  signatures('signature: parity ignored', 'uint8(27 + (sAndParity >> 255))', 'uint8(27)'),
  accounts('accounts: a position is found by its place only', 'return (found == instrument, place);', 'return (found >= instrument, place);'),
  keys('keys: orders live where sessions do', 'return sha256(abi.encodePacked(OrderLayout.TYPE, digest));', 'return sha256(abi.encodePacked(SessionLayout.TYPE, digest));'),
  ledger('ledger: negative cash is not counted', 'int256 negative = Integer.max(-cash, 0) - Integer.max(-before, 0);', 'int256 negative = Integer.max(-cash, 0) - Integer.max(-cash, 0);'),
  ledger('ledger: a closed quote stays in the total', 'pool.setInt(PoolLayout.QUOTE_TOTAL, pool.getInt(PoolLayout.QUOTE_TOTAL) - quote);', ''),
  ledger('ledger: interest is not settled', 'int256 cash = before + interest + amount;', 'int256 cash = before + amount;'),
  ledger('ledger: settled interest is owed again', 'account.set(AccountLayout.INTEREST_INDEX, Interest.indexOf(pool, cash));', ''),
  interest('interest: lenders pay the rate of borrowers', 'cash < 0 ? PoolLayout.BORROW_INDEX : PoolLayout.SUPPLY_INDEX', 'cash < 0 ? PoolLayout.BORROW_INDEX : PoolLayout.BORROW_INDEX'),
  interestOfPosts('interest: no kink', 'Integer.max(used - kink, 0)', 'Integer.max(kink - kink, 0)'),
  interestOfPosts('interest: the fund goes without', 'pool.setInt(PoolLayout.INSURANCE, pool.getInt(PoolLayout.INSURANCE) + left);', ''),
  interestOfPosts('interest: less rounded up', 'int256 paid = Integer.divUp(', 'int256 paid = Integer.divDown('),
  holdings('holdings: interest can not be taken out', '+ Interest.sinceDown(account.value, draft.existing(RecordKey.POOL))', '+ 0 * Interest.sinceDown(account.value, draft.existing(RecordKey.POOL))'),
  holdings('holdings: one unit beyond the cap', '<= int256(record.get(AssetLayout.ACCOUNT_CAP))', '<= 1 + int256(record.get(AssetLayout.ACCOUNT_CAP))'),
  haircut('haircut: eases on a fallen price', 'index < asset.get(AssetLayout.HAIRCUT_PRICE) ? 0 : Math.min(most, haircut)', 'index < 1 ? 0 : Math.min(most, haircut)'),
  haircut('haircut: jumps to its target', 'Math.min(Math.max(goal, haircut - ease), haircut + most)', 'Math.max(goal, haircut - ease)'),
  haircut('haircut: nothing for what is held', 'volatility + liquidity + concentration', 'volatility + concentration'),
  haircut('haircut: the share of the cap is left out', 'volatility + liquidity + concentration', 'volatility + liquidity'),
  markedAssets('mark: assets of another underlying', 'draft.require_(isOfUnderlying, Refusal.ASSET_OF_OTHER_UNDERLYING);', ''),
  setAsset('asset: its status stays', 'asset.set(AssetLayout.STATUS, status);', ''),
  setInstrument('instrument: an expired one is set', 'draft.require_(Instruments.isTradable(instrument, timestamp), Refusal.INSTRUMENT_NOT_TRADING);', 'timestamp++;'),
  setUnderlying('underlying: options change under their ids', '_isValid(action) && _keepsChain(underlying, action)', '_isValid(action)'),
  ledger('ledger: signed amounts move one way', 'else moveCash(draft, to, from, -amount);', 'else moveCash(draft, from, to, -amount);'),
  positions('positions: funding is not settled', 'Ledger.moveSigned(draft, key, Ledger.CLEARING, fundingOwedUp(holder.value, place, fundingIndex));', 'Ledger.moveSigned(draft, key, Ledger.CLEARING, 0 * fundingOwedUp(holder.value, place, fundingIndex));'),
  positions('positions: funding rounded for the account', 'return Integer.divUp(size * (fundingIndex - settled), PICO_PER_MICRO);', 'return Integer.divDown(size * (fundingIndex - settled), PICO_PER_MICRO);'),
  positions('positions: the funding index is kept', 'holder.setInt(Fields.inside(place, AccountPosition.FUNDING_INDEX), fundingIndex);', ''),
  equity('equity: a gain at the stable price counts', 'return Integer.max(Integer.divUp(-(book.delta + book.pledged) * away, index), 0);', 'return Integer.divUp(-(book.delta + book.pledged) * away, index);'),
  equity('equity: collateral at the stable price, hedged or not', '-(book.delta + book.pledged) * away', '-(book.pledged + book.delta - book.delta) * away'),
  equity('equity: the stable loss rounded down', 'Integer.divUp(-(book.delta + book.pledged) * away, index)', 'Integer.divDown(-(book.delta + book.pledged) * away, index)'),
  equity('equity: all profit is free', 'initialEquity - (profit - Integer.wadMulDown(profit, share))', 'initialEquity - (profit - Integer.wadMulDown(profit, Integer.WAD + share - share))'),
  equity('equity: a loss is shared like a profit', 'int256 profit = Integer.max(tally.unrealised, 0);', 'int256 profit = tally.unrealised;'),
  equity('equity: the quote is left out', 'return quote - Positions', 'return quote - quote - Positions'),
  equity('equity: the haircut is left out', 'return grossDown(balance, asset, price) * _weight(asset, portfolio.timestamp) / WAD;', 'return _weight(asset, portfolio.timestamp) == 0 ? 0 : grossDown(balance, asset, price);'),
  scan('scan: underlyings always move together', 'alone += book.loss * (Size.MILLION - share);', 'alone += 0 * book.loss * share;'),
  scan('scan: nothing is offset', 'offset * Integer.min(correlation, Integer.WAD) * Size.MILLION', 'offset * Integer.min(correlation, 0) * Size.MILLION'),
  scan('scan: all correlations are one', 'Integer.min(correlation, Integer.WAD)', 'Integer.max(correlation, Integer.WAD)'),
  scan('scan: group 0 is a group', 'if (book.group == 0) risk += book.loss;', 'if (book.group == 0) book.group = 77;'),
  scan('scan: rounded down', 'return Integer.divUp(alone + together.worstLoss(), Size.MILLION);', 'return Integer.divDown(alone + together.worstLoss(), Size.MILLION);'),
  tally('tally: collateral has no scenarios', 'pnl[s] += Integer.divDown(pledge * moves[s], Integer.WAD);', 'pnl[s] += Integer.divDown(pledge * moves[s], Integer.WAD) * 0;'),
  tally('tally: each position alone in portfolio mode', 'tally.books[place].id != id', '(tally.books[place].id != id || true)'),
  tally('tally: hedged by the larger side', 'Integer.min(long, short)', 'Integer.max(long, short)'),
  tally('tally: expiries are not netted', 'expiries[k].expiry != expiry ||', 'expiries[k].expiry != expiry + 1 ||'),
  tally('tally: gross on net value', 'book.gross += Integer.abs(atMark);', 'book.gross += atMark;'),
  tally('tally: long options have a minimum', 'if (size < 0 && instrument.isOption())', 'if (instrument.isOption())'),
  tally('tally: short futures have a minimum', 'if (size < 0 && instrument.isOption())', 'if (size < 0)'),
  tally('tally: open interest on the net of a market', 'Integer.abs(delta) * crowding', 'delta * crowding'),
  size('size: impact beyond a day of volume', 'Integer.min(_square(exposure, volume), MILLION * MILLION)', '_square(exposure, volume)'),
  size('size: the root rounded down', 'return root * root < n ? root + 1 : root;', 'return root * root < n ? root : root;'),
  size('size: concentration without its threshold', 'if (square <= MILLION * MILLION) return 0;', 'if (square <= MILLION) return 0;'),
  size('size: margin of a crowd beyond all of it', 'Integer.min(above, cap - lower)', 'above'),
  size('size: the base is not taken off', 'Integer.wadMulUp(Integer.WAD - base, share)', 'Integer.wadMulUp(Integer.WAD + base - base, share)'),
  size('size: crowding rounded down', 'Integer.divUp(Integer.min(above, cap - lower) * Integer.WAD, cap - lower)', 'Integer.divDown(Integer.min(above, cap - lower) * Integer.WAD, cap - lower)'),
  charges('charges: calendar charge in every mode', 'offsets ? int256(parameters.get(ParametersLayout.CALENDAR_CHARGE)) : int256(0)', 'offsets || true ? int256(parameters.get(ParametersLayout.CALENDAR_CHARGE)) : int256(0)'),
  charges('charges: the minimum is added', 'Integer.max(scan, least)', '(scan + least)'),
  charges('charges: liquidity rounded down', 'Integer.divUp(sums.liquidity,', 'Integer.divDown(sums.liquidity,'),
  charges('charges: liquidity of a long alone', 'sums.liquidity += Integer.abs(book.delta) *', 'sums.liquidity += Integer.max(book.delta, 0) *'),
  charges('charges: concentration rounded down', 'Integer.divUp(sums.concentration,', 'Integer.divDown(sums.concentration,'),
  charges('charges: confidence leaves collateral out', '(Integer.abs(book.delta) + book.pledged) * doubt', '(Integer.abs(book.delta) + 0 * book.pledged) * doubt'),
  charges('charges: what is above its peg is charged', 'Integer.wadMulUp(Integer.max(gap, 0),', 'Integer.wadMulUp(Integer.abs(gap),'),
  charges('charges: peg rounded down', 'Integer.divUp(sums.peg,', 'Integer.divDown(sums.peg,'),
  margin('margin: profit is free', 'draft.require_(margin.freeEquity >= margin.initial, Refusal.UNREALISED_PROFIT);', 'draft.require_(margin.freeEquity >= margin.initial || true, Refusal.UNREALISED_PROFIT);'),
  margin('margin: maintenance decides for opening', 'return margin.initialEquity >= margin.initial;', 'return margin.initialEquity >= margin.maintenance;'),
  margin('margin: equal is not enough', 'return margin.initialEquity >= margin.initial;', 'return margin.initialEquity > margin.initial;'),
  marginOfTrades('margin: more risk is allowed under water', 'if (afterward.maintenance > before.maintenance) return false;', ''),
  freshness('freshness: a price one second too old', '<= parameters.get(ParametersLayout.MAX_PRICE_AGE)', '<= 1 + parameters.get(ParametersLayout.MAX_PRICE_AGE)'),
  orders('orders: a revoked nonce fills', 'draft.require_(isLive, Refusal.ORDER_NONCE_REVOKED);', 'draft.require_(isLive || true, Refusal.ORDER_NONCE_REVOKED);'),
  orders('orders: the last second counts', 'draft.require_(order.expiry > market.timestamp', 'draft.require_(order.expiry >= market.timestamp'),
  orders('orders: anybody signs for anybody', 'if (uint160(signer) != order.accountId >> 8) _checkSession(draft, market, order, signer);', 'if (signer == address(1)) _checkSession(draft, market, order, signer);'),
  orders('orders: a session trades everywhere', 'draft.require_(_mayTrade(session.value, market.id), Refusal.SESSION_MARKET);', 'draft.require_(_mayTrade(session.value, market.id) || true, Refusal.SESSION_MARKET);'),
  orders('orders: a reduce-only session trades freely', 'order.isReduceOnly ? SCOPE_TRADE | SCOPE_REDUCE_ONLY : SCOPE_TRADE', 'SCOPE_TRADE | SCOPE_REDUCE_ONLY'),
  instruments('market: expired ones trade', 'bool isLive = expiry == 0 || expiry > timestamp;', 'bool isLive = expiry == 0 || expiry >= timestamp;'),
  fills('fills: self-trade allowed', 'draft.require_(maker.accountId != taker.accountId, Refusal.SELF_TRADE);', ''),
  fills("fills: the taker's price", 'uint256 costPerLot = maker.limitTicks *', 'uint256 costPerLot = taker.limitTicks *'),
  fills('fills: overfilled by one lot', 'draft.require_(filled <= order.lots, Refusal.OVERFILLED);', 'draft.require_(filled <= order.lots + 1, Refusal.OVERFILLED);'),
  market('market: the band doubled', 'return int256(reached / 1e18);', 'return int256(2 * reached / 1e18);'),
  fills('fills: open interest counts both sides', 'return Integer.max(Accounts.sizeOf(order.account.value, instrument), 0);', 'return Integer.abs(Accounts.sizeOf(order.account.value, instrument));'),
  fills('fills: the premium sample is not clamped', 'Integer.clamp((price - index) * Integer.WAD / index, -clampTo, clampTo)', '(price - index) * Integer.WAD / index + clampTo - clampTo'),
  owners('owners: an empty exposure stays', 'if (units != 0) return;', 'if (units != 0 || underlying != 77) return;'),
  owners('owners: a record of nothing stays', 'owner.value.byteAt(OwnerLayout.EXPOSURES) == 1', 'owner.value.byteAt(OwnerLayout.EXPOSURES) == 0'),
  positions('positions: the owner counts what turned twice', 'Integer.abs(size) - Integer.abs(sizeBefore)', 'Integer.abs(size - sizeBefore)'),
  fees('fees: an option pays like a future', 'if (!instrument.isOption()) return cost * rate;', 'if (lots > 0) return cost * rate;'),
  fees('fees: an option pays on its notional alone', 'return Integer.min(_valueUp(units, underlying) * rate, capped);', 'return capped < 0 ? int256(0) : _valueUp(units, underlying) * rate;'),
  fees('fees: rounded down', 'return Integer.divUp(base_ * factor_,', 'return Integer.divDown(base_ * factor_,'),
  fees('fees: no regime', 'Integer.wadMulUp(Integer.wadMulUp(multiplier, discounted), dearer)', 'Integer.wadMulUp(Integer.wadMulUp(multiplier - multiplier + Integer.WAD, discounted), dearer)'),
  fees('fees: concentration as of the end', 'Integer.divUp((before + afterward) * grown, 2 * lots)', 'Integer.divUp((afterward + afterward) * grown, 2 * lots + before - before)'),
  fees('fees: concentration without bound', 'exposure >= tolerated ? Integer.WAD : Integer.divUp', 'exposure >= tolerated * 1000 ? Integer.WAD : Integer.divUp'),
  partyFees('party fees: taker and maker swapped', 'isTaker ? ParametersLayout.TAKER_FEE : ParametersLayout.MAKER_FEE', 'isTaker ? ParametersLayout.MAKER_FEE : ParametersLayout.TAKER_FEE'),
  partyFees('party fees: the first order of a maker alone', 'if (orders[i].accountId != orders[index].accountId) continue;', 'if (i != index) continue;'),
  relief('relief: of the whole account', 'if (instrument.get(InstrumentLayout.UNDERLYING) != underlying) continue;', 'if (underlying == 77) continue;'),
  relief('relief: all or nothing', 'return (before - afterward) * Integer.WAD / gone.worstLoss();', 'return gone.worstLoss() < 0 ? int256(0) : Integer.WAD;'),
  initialMargin('reputation: the initial factor dropped', 'Integer.wadMulUp(maintenance, int256(parameters.get(ParametersLayout.INITIAL_FACTOR)))', 'Integer.wadMulUp(maintenance, Integer.WAD)'),
  reputation('reputation: relief without fees', 'plain - relief)', 'relief < 0 ? plain : int256(0))'),
  reputation('reputation: no decay', 'if (elapsed == 0) return Kernel.Q96;', 'if (halfLife != 77) return Kernel.Q96;'),
  reputation('reputation: idle time counts', 'margin * Integer.min(elapsed, DAY) *', 'margin * elapsed *'),
  reputation('reputation: no buffer is asked for', 'initialEquity * BUFFER_UNDER >= initial * BUFFER_OVER', 'initialEquity * BUFFER_UNDER >= initial * BUFFER_UNDER'),
  reputation('reputation: calm counts as stress', 'Integer.WAD + STRESS_WEIGHT * stress', 'Integer.WAD + STRESS_WEIGHT * Integer.WAD + stress - stress'),
  reputation('reputation: a trade below margin costs a fifth', 'score * Integer.min(elapsed, HOUR)', 'score * HOUR + elapsed - elapsed'),
  parties('parties: reduce-only may turn around', '&& sizeAfter * sizeBefore >= 0', ''),
  parties('parties: exits need fresh prices', 'draft.require_(reduces || (margin.isFresh', 'draft.require_((margin.isFresh'),
  parties('parties: isolated holds two', '!isIsolated || count <= 1', '!isIsolated || count <= 2'),
  trade('trade: fill-or-kill may fill in part', 'draft.require_(isWhole, Refusal.FILL_OR_KILL_INCOMPLETE);', 'draft.require_(isWhole || true, Refusal.FILL_OR_KILL_INCOMPLETE);'),
  trade('trade: the cap binds those who reduce', '\n            || openInterest <= market.openInterestBefore;', ' || openInterest < market.openInterestBefore;'),
];
