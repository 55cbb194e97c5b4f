// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

// Generated from state/ by `npm run contracts`.

/// @dev Numbers of refusals; 0 is no refusal.
library Refusal {
    uint256 internal constant MALFORMED = 1;
    uint256 internal constant TOO_MANY_RECORDS = 2;
    uint256 internal constant UNKNOWN_TRANSACTION_TYPE = 3;
    uint256 internal constant HEIGHT_MUST_FOLLOW = 10;
    uint256 internal constant TIMESTAMP_MUST_NOT_DECREASE = 11;
    uint256 internal constant ANCHOR_MUST_NOT_DECREASE = 12;
    uint256 internal constant ONLY_FROM_INBOX = 13;
    uint256 internal constant ACTION_EXPIRED = 20;
    uint256 internal constant NONCE_NOT_INCREASING = 21;
    uint256 internal constant SIGNATURE_INVALID = 22;
    uint256 internal constant SIGNER_NOT_AUTHORIZED = 23;
    uint256 internal constant ACCOUNT_NOT_FOUND = 24;
    uint256 internal constant ACCOUNT_IN_AUCTION = 25;
    uint256 internal constant ASSET_NOT_FOUND = 30;
    uint256 internal constant AMOUNT_MUST_BE_POSITIVE = 31;
    uint256 internal constant BALANCE_TOO_LOW = 32;
    uint256 internal constant ACCOUNTS_MUST_DIFFER = 33;
    uint256 internal constant TOO_MANY_COLLATERALS = 34;
    uint256 internal constant TOO_MANY_POSITIONS = 35;
    uint256 internal constant MODE_INVALID = 36;
    uint256 internal constant ISOLATED_NEEDS_ONE_INSTRUMENT = 37;
    uint256 internal constant INITIAL_MARGIN_TOO_LOW = 38;
    uint256 internal constant MARKS_STALE = 39;
    uint256 internal constant POOL_LIQUIDITY_TOO_LOW = 40;
    uint256 internal constant RECIPIENT_MUST_NOT_BE_ZERO = 41;
    uint256 internal constant UNREALISED_PROFIT = 42;
    uint256 internal constant SESSION_NOT_FOUND = 50;
    uint256 internal constant SESSION_EXPIRED = 51;
    uint256 internal constant SESSION_SCOPE = 52;
    uint256 internal constant SESSION_MARKET = 53;
    uint256 internal constant SESSION_NOTIONAL_CAP = 54;
    uint256 internal constant SESSION_EXPIRY_IN_PAST = 55;
    uint256 internal constant SESSION_KEY_MUST_DIFFER = 56;
    uint256 internal constant INSTRUMENT_NOT_FOUND = 60;
    uint256 internal constant INSTRUMENT_NOT_TRADING = 61;
    uint256 internal constant SELF_TRADE = 62;
    uint256 internal constant ORDER_EXPIRED = 63;
    uint256 internal constant ORDER_NONCE_REVOKED = 64;
    uint256 internal constant MAKER_SIDE_MUST_BE_OPPOSITE = 65;
    uint256 internal constant PRICES_DO_NOT_CROSS = 66;
    uint256 internal constant OVERFILLED = 67;
    uint256 internal constant POST_ONLY_WOULD_TAKE = 68;
    uint256 internal constant IMMEDIATE_ORDER_CANNOT_REST = 69;
    uint256 internal constant FILL_OR_KILL_INCOMPLETE = 70;
    uint256 internal constant REDUCE_ONLY_WOULD_INCREASE = 71;
    uint256 internal constant PRICE_OUT_OF_BAND = 72;
    uint256 internal constant OPEN_INTEREST_CAP = 73;
    uint256 internal constant ORDER_TOO_LARGE = 74;
    uint256 internal constant NONCE_FLOOR_MUST_RISE = 75;
    uint256 internal constant UNDERLYING_NOT_FOUND = 80;
    uint256 internal constant PUBLISHER_UNKNOWN = 81;
    uint256 internal constant PUBLISHER_REPEATED = 82;
    uint256 internal constant TOO_FEW_PUBLISHERS = 83;
    uint256 internal constant REPORT_FROM_FUTURE = 84;
    uint256 internal constant REPORT_TOO_OLD = 85;
    uint256 internal constant PRICE_TIME_MUST_INCREASE = 86;
    uint256 internal constant PRICE_MUST_BE_POSITIVE = 87;
    uint256 internal constant PRICE_JUMP_TOO_LARGE = 88;
    uint256 internal constant PRICES_STALE = 89;
    uint256 internal constant INSTRUMENT_OF_OTHER_UNDERLYING = 90;
    uint256 internal constant FORWARD_MISSING = 91;
    uint256 internal constant POINTS_NOT_ASCENDING = 92;
    uint256 internal constant INSTRUMENT_EXPIRED = 93;
    uint256 internal constant MARK_OUT_OF_RANGE = 94;
    uint256 internal constant POINT_UNKNOWN = 95;
    uint256 internal constant SURFACE_OUT_OF_RANGE = 96;
    uint256 internal constant SURFACE_ARBITRAGE = 97;
    uint256 internal constant SURFACE_JUMP_TOO_LARGE = 98;
    uint256 internal constant VOLATILITY_MISSING = 99;
    uint256 internal constant NOT_EXPIRED = 100;
    uint256 internal constant SETTLEMENT_PRICE_MISSING = 101;
    uint256 internal constant NO_POSITION = 102;
    uint256 internal constant RECORD_NOT_FOUND = 103;
    uint256 internal constant NOT_PRUNABLE = 104;
    uint256 internal constant ACCOUNTS_NOT_ASCENDING = 105;
    uint256 internal constant PARAMETER_OUT_OF_BOUNDS = 110;
    uint256 internal constant ALREADY_LISTED = 111;
    uint256 internal constant LISTING_INVALID = 112;
    uint256 internal constant UNKNOWN_GOVERNANCE_ACTION = 113;
    uint256 internal constant ASSET_OF_OTHER_UNDERLYING = 114;
    uint256 internal constant ACCOUNT_CAP = 115;
    uint256 internal constant OPTIONS_NOT_LISTED = 120;
    uint256 internal constant EXPIRY_NOT_LISTED = 121;
    uint256 internal constant STRIKE_NOT_LISTED = 122;
    uint256 internal constant AUCTION_NOT_FOUND = 130;
    uint256 internal constant ACCOUNT_IS_HEALTHY = 131;
    uint256 internal constant ACCOUNT_IS_UNHEALTHY = 132;
    uint256 internal constant AUCTION_NOT_OPEN = 133;
    uint256 internal constant AUCTION_OVER = 134;
    uint256 internal constant AUCTIONS_FULL = 135;
    uint256 internal constant AUCTIONS_PAUSED = 136;
    uint256 internal constant AUCTION_CHANGED = 137;
    uint256 internal constant PRICE_ABOVE_LIMIT = 138;
    uint256 internal constant BID_TOO_SMALL = 139;
    uint256 internal constant INSURANCE_EXHAUSTED = 140;
    uint256 internal constant MARKET_AUCTIONS_FULL = 141;
    uint256 internal constant ACCOUNT_HOLDS_ASSETS = 150;
    uint256 internal constant WITHDRAWAL_THROTTLED = 151;
    uint256 internal constant DELEVERAGING_NOT_DUE = 152;
    uint256 internal constant DELEVERAGING_IS_ON = 153;
    uint256 internal constant POSITION_NOT_OPPOSITE = 154;
    uint256 internal constant ALREADY_DELEVERAGED = 155;
    uint256 internal constant VAULT_NOT_FOUND = 160;
    uint256 internal constant VAULT_INSOLVENT = 161;
    uint256 internal constant VAULT_LOCKED = 162;
    uint256 internal constant VAULT_LOSS_CAP = 163;
    uint256 internal constant CLAIM_NOT_FOUND = 170;
    uint256 internal constant NOTHING_RECOVERED = 171;
}

/// @dev Limits of the protocol.
library Limit {
    uint256 internal constant AUCTION_PAUSE_REST_SECONDS = 86400;
    uint256 internal constant CLAIM_FACTOR_FLOOR = 9223372036854775808;
    uint256 internal constant CLAIM_FACTOR_START = 170141183460469231731687303715884105728;
    uint256 internal constant CLAIM_SCALE_BITS = 64;
    uint256 internal constant DEPOSITED_BOUND = 170141183460469231731687303715884105728;
    uint256 internal constant EXPIRY_SECOND_OF_DAY = 28800;
    uint256 internal constant INSTRUMENT_RETENTION_SECONDS = 604800;
    uint256 internal constant LOT_SIZE_BOUND = 8589934592;
    uint256 internal constant MARK_PER_LOT_BOUND = 1125899906842624;
    uint256 internal constant MAX_ASSETS_PER_MARK = 8;
    uint256 internal constant MAX_AUCTION_PAUSE_SECONDS = 21600;
    uint256 internal constant MAX_COLLATERALS = 8;
    uint256 internal constant MAX_DELEVERAGED_PER_STEP = 16;
    uint256 internal constant MAX_EXPOSURES = 64;
    uint256 internal constant MAX_FILLS_PER_TRADE = 8;
    uint256 internal constant MAX_INBOX_PAYLOAD_BYTES = 4096;
    uint256 internal constant MAX_MARKS_PER_STEP = 40;
    uint256 internal constant MAX_POSITIONS = 32;
    uint256 internal constant MAX_PRICE_POINTS = 64;
    uint256 internal constant MAX_PRUNES_PER_STEP = 32;
    uint256 internal constant MAX_PUBLISHERS = 16;
    uint256 internal constant MAX_RECORDS_PER_STEP = 96;
    uint256 internal constant MAX_SESSION_MARKETS = 16;
    uint256 internal constant MAX_SETTLEMENTS_PER_STEP = 8;
    uint256 internal constant MAX_STRIKES_PER_ROLL = 32;
    uint256 internal constant MAX_TERMS = 16;
    uint256 internal constant MAX_TRANSACTION_BYTES = 4117;
    uint256 internal constant ORDER_FIELD_BOUND = 140737488355328;
    uint256 internal constant RECOVERY_SHARE = 500000000000000000;
    uint256 internal constant REPUTATION_MARGIN_MAX = 1000000000000;
    uint256 internal constant SCENARIOS = 35;
    uint256 internal constant SETTLEMENT_WINDOW_SECONDS = 1800;
    uint256 internal constant TIME_BOUND = 281474976710656;
}

/// @dev EIP-712 type hashes.
library TypeHash {
    bytes32 internal constant WITHDRAW = 0xb26e9eda65edd1b7f19a790f3ea10c220f8db5a829334296194970391db98b56;
    bytes32 internal constant TRANSFER = 0xfd76d561ec7f59eade947a7d54bae0905effb931d5b624895575499ed1460056;
    bytes32 internal constant SET_MODE = 0x75a6826b2f6e9a73d5d7ea7f95ad80c508421282d0d82b17493b7bca03cb30f3;
    bytes32 internal constant AUTHORIZE_SESSION = 0x40f24c1f1561f2655312e69971a0cd27a2ccfedaf35eed4d5d38dac0ecaae6fb;
    bytes32 internal constant REVOKE_SESSION = 0x677fafedbeebdded071ac1152134222dc693a8ab3f12af94c549549d6ea09647;
    bytes32 internal constant INVALIDATE_NONCES = 0x3f14db28a6975b52d7f335be5c3377ccc9a88f90e8b316ca518f38d435cd1596;
    bytes32 internal constant BID = 0x3940020d7b563750ac2fe88840832a7aeb30ab4a4eb983586f9c62c81a8137ea;
    bytes32 internal constant VAULT_DEPOSIT = 0x54cebeda41c738c61cdd1ea1184d35d8f0810d9daef28d7f8fc42bed3eeedb0a;
    bytes32 internal constant VAULT_WITHDRAW = 0xb794b7dbbc3d2f8d04e072c526f34b858b2b25863bf9439e291330a19c1acbf1;
    bytes32 internal constant REDEEM_CLAIM = 0xd81f8211d8819bf6c88e84fc1ad98675f45d9096609037062fdad252e1fc5476;
    bytes32 internal constant ORDER = 0xfb7544f13b56a94a41b909dc85ecf92b958885caeb9ba5c1b7af11cee4c2238a;
    bytes32 internal constant PRICE_REPORT = 0x584968da8b4832889f4249e08d3b2f5751ad68f7032a45b90a73de2effd2ab90;
}

/// @dev Inclusive bounds of the parameters, in their order, 8 bytes each.
library ParameterBound {
    bytes internal constant LOW = hex"000000000000000000000000000000000e043da6172500000000000000000000000000000000000000000000000000000000000000000000000000000000000100000000000000000000000000000000002386f26fc1000000b1a2bc2ec50000000000e8d4a5100000000000000000050000000000000005000000000000000500038d7ea4c680000000000000000000000000000000003c0000000000000000000000000000000000038d7ea4c6800000000000000000000000000000000000000000000000000006f05b59d3b2000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003b9aca0000000000000000000000000000000000002386f26fc1000000000000000000000000000000000000002386f26fc10000000000000000000000000000000000000de0b6b3a764000006f05b59d3b200000000000000000001000000000000000000000000000151800de0b6b3a7640000002386f26fc100000b1a2bc2ec50000006f05b59d3b20000002386f26fc10000000000000000000100038d7ea4c68000000000000000000000000000000000000000000000000000000000003b9aca00000009184e72a0000000000000000000000000000000000a0000000000000001000000000000000000000000000000000000000000000000";
    bytes internal constant HIGH = hex"002386f26fc10000002386f26fc1000029a2241af62c000002c68af0bb14000002c68af0bb1400000d2f13f7789f000000b1a2bc2ec5000000000000000151800de0b6b3a7640000002386f26fc1000006f05b59d3b200000c7d713b49da00000de0b6b3a76400000000000000000e100000000000000e10000000000000025802c68af0bb1400001bc16d674ec800000000000000015180016345785d8a00004563918244f400000de0b6b3a76400000de0b6b3a76400008ac7230489e800000dbd2fc137a300000de0b6b3a76400008ac7230489e800000de0b6b3a76400001bc16d674ec800004563918244f400000de0b6b3a7640000002386f26fc100000de0b6b3a76400001bc16d674ec800000dbd2fc137a300008ac7230489e800000de0b6b3a76400000de0b6b3a76400000de0b6b3a76400004563918244f4000014d1120d7b1600000de0b6b3a76400000de0b6b3a76400000de0b6b3a76400000000000001e1338053444835ec5800000de0b6b3a76400000de0b6b3a76400000dcef33a6f83800006f05b59d3b20000000000000000025802c68af0bb140000000000003b9aca00002386f26fc1000000000002540be4000de0b6b3a76400000de0b6b3a764000000000000000151800000000000000e1000000000000151800de0b6b3a76400000de0b6b3a76400000de0b6b3a7640000";
}

/// @dev An account that has just been created.
library NewAccount {
    bytes internal constant VALUE = hex"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000de0b6b3a76400000000";
}

/// @dev What a point of a price post is of.
library Quantity {
    uint256 internal constant PRICE = 0;
    uint256 internal constant DAILY_VOLUME = 1;
    uint256 internal constant THETA = 1;
    uint256 internal constant RHO = 2;
    uint256 internal constant PSI = 3;
}

/// @dev Bounds of a slice of a volatility surface.
library SurfaceBound {
    uint256 internal constant RHO = 950000000000000000;
    uint256 internal constant LOWEST_VARIANCE = 2500000000000000;
    uint256 internal constant HIGHEST_VARIANCE = 16000000000000000000;
    uint256 internal constant VARIANCE_JUMP = 4;
}

/// @dev Numbers of the volatility model.
library Model {
    uint256 internal constant BACKTEST_DAYS = 250;
    uint256 internal constant BAR_WINDOW_SECONDS = 300;
    int256 internal constant BLEND_MODEL = 39614081257132168796771975168;
    int256 internal constant BLEND_IMPLIED = 31691265005705735037417580134;
    int256 internal constant BLEND_LOW = 38821799631989525420836535664;
    int256 internal constant BLEND_HIGH = 178263365657094759585473888256;
    int256 internal constant BUFFER = 19807040628566084398385987584;
    int256 internal constant CORRELATION_MARGIN = 350000000000000000;
    int256 internal constant DEVIATION_0 = 35652673131418951917094777651;
    int256 internal constant DEVIATION_1 = 75266754388551120713866752819;
    int256 internal constant DEVIATION_2 = 150533508777102241427733505638;
    int256 internal constant DEVIATION_SQUARE_0 = 16043702909138528362692649942;
    int256 internal constant DEVIATION_SQUARE_1 = 71503416669123564678173415177;
    int256 internal constant DEVIATION_SQUARE_2 = 286013666676494258712693660711;
    int256 internal constant DOLLAR_INDEX_HALF_LIFE = 5;
    int256 internal constant DOLLAR_INDEX_SCALE = 633825300114114700748351602;
    int256 internal constant EQUITY_CORRELATION_FROM = 7922816251426433759354395033;
    int256 internal constant EQUITY_CORRELATION_SPAN = 31691265005705735037417580134;
    int256 internal constant EQUITY_HALF_LIFE = 60;
    uint256 internal constant EQUITY_MIN_DAYS = 60;
    uint256 internal constant FADE_HOURS = 720;
    int256 internal constant FEE_MULTIPLIER_LOW = 800000000000000000;
    int256 internal constant FEE_MULTIPLIER_HIGH = 3000000000000000000;
    int256 internal constant FEE_MULTIPLIER_BAND = 200000000000000000;
    int256 internal constant FLOOR_SHARE = 47536897508558602556126370201;
    uint256 internal constant GREEN_EXCEPTIONS = 4;
    int256 internal constant HALF_LIFE_VARIANCE12 = 12;
    int256 internal constant HALF_LIFE_VARIANCE72 = 72;
    int256 internal constant HALF_LIFE_VARIANCE720 = 720;
    int256 internal constant HALF_LIFE_VARIANCE8760 = 8760;
    int256 internal constant HAR_WEIGHT_VARIANCE12 = 39614081257132168796771975168;
    int256 internal constant HAR_WEIGHT_VARIANCE72 = 15845632502852867518708790067;
    int256 internal constant HAR_WEIGHT_VARIANCE720 = 11884224377139650639031592550;
    int256 internal constant HAR_WEIGHT_LONG_TERM = 11884224377139650639031592550;
    uint256 internal constant HOURS_PER_DAY = 24;
    uint256 internal constant IMPLIED_LONGEST = 7776000;
    uint256 internal constant IMPLIED_SECONDS = 2592000;
    uint256 internal constant IMPLIED_SHORTEST = 604800;
    int256 internal constant INVERSE_DEVIATION_0 = 176062583365031861318986556303;
    int256 internal constant INVERSE_DEVIATION_1 = 83398065804488776414256789827;
    int256 internal constant INVERSE_DEVIATION_2 = 41699032902244388207128394913;
    int256 internal constant INVERSE_TWICE_SQUARE_0 = 195625092627813179243318395897;
    int256 internal constant INVERSE_TWICE_SQUARE_1 = 43893718844467777060135152541;
    int256 internal constant INVERSE_TWICE_SQUARE_2 = 10973429711116944265033788135;
    uint256 internal constant LONG_TERM_HOURS = 87600;
    uint256 internal constant LONG_TERM_PRIOR_HOURS = 8760;
    uint256 internal constant MACRO_FRESH_DAYS = 4;
    uint256 internal constant MACRO_MAX_AGE_DAYS = 100;
    uint256 internal constant MAX_BAR_HOURS = 8760;
    uint256 internal constant MAX_FILTER_DAYS = 32;
    uint256 internal constant MAX_OBSERVED_HOURS = 24;
    int256 internal constant PAIR_HALF_LIFE = 1440;
    int256 internal constant PENALTY_0 = 1133000000000000000;
    int256 internal constant PENALTY_1 = 1167000000000000000;
    int256 internal constant PENALTY_2 = 1217000000000000000;
    int256 internal constant PENALTY_3 = 1250000000000000000;
    int256 internal constant PENALTY_4 = 1283000000000000000;
    int256 internal constant PENALTY_5 = 1333000000000000000;
    int256 internal constant PRIOR_RATIO = 1200000000000000000;
    int256 internal constant SQUARE_CAP = 20282409603651670423947251286016;
    int256 internal constant STATIONARY_CALM = 32261707775808438268091096576;
    int256 internal constant STATIONARY_STRESS = 9174621219151810293332389448;
    int256 internal constant STRESS_MULTIPLE = 106958019394256855751284332953;
    int256 internal constant STRESS_WEIGHT = 19807040628566084398385987584;
    int256 internal constant TILT_STRESS = 4;
    int256 internal constant TRANSITION_CALM_TO_NORMAL = 4357548938284538567644917268;
    int256 internal constant TRANSITION_CALM_TO_STRESS = 396140812571321687967719751;
    int256 internal constant TRANSITION_NORMAL_TO_CALM = 3961408125713216879677197516;
    int256 internal constant TRANSITION_NORMAL_TO_STRESS = 1584563250285286751870879006;
    int256 internal constant TRANSITION_STRESS_TO_CALM = 396140812571321687967719751;
    int256 internal constant TRANSITION_STRESS_TO_NORMAL = 7526675438855112071386675281;
    int256 internal constant VOLATILITY_CAP = 10000000000000000000;
    int256 internal constant VOLATILITY_DOWN_0 = 150000000000000000;
    int256 internal constant VOLATILITY_DOWN_1 = 200000000000000000;
    int256 internal constant VOLATILITY_DOWN_2 = 300000000000000000;
    int256 internal constant VOLATILITY_INDEX_HALF_LIFE = 250;
    int256 internal constant VOLATILITY_INDEX_SCALE = 23768448754279301278063185100;
    int256 internal constant VOLATILITY_UP_0 = 250000000000000000;
    int256 internal constant VOLATILITY_UP_1 = 350000000000000000;
    int256 internal constant VOLATILITY_UP_2 = 550000000000000000;
    uint256 internal constant WARM_UP_HOURS = 2160;
    int256 internal constant WINSOR_SQUARE = 36;
}

/// @dev Which options are listed by rule, and what is priced.
library OptionChain {
    uint256 internal constant FIRST_ID = 2147483648;
    uint256 internal constant UNDERLYINGS = 16;
    uint256 internal constant DAY_ZERO = 18262;
    uint256 internal constant DAYS = 8192;
    uint256 internal constant STRIKES = 8192;
    uint256 internal constant STRIKE_REACH = 5;
    uint256 internal constant DAILY = 4;
    uint256 internal constant WEEKLY = 31;
    uint256 internal constant MONTHLY = 100;
    uint256 internal constant QUARTERLY = 400;
    uint256 internal constant MAX_LIFE_SECONDS = 63072000;
    uint256 internal constant LEAST_PRICED = 100;
    uint256 internal constant HIGHEST_PRICED = 1000000000000000000;
    int256 internal constant GREEK_BOUND = 4611686018427387904;
    int256 internal constant SHORT_POWER = 300000000000000000;
    int256 internal constant LONG_POWER = 130000000000000000;
    uint256 internal constant SHOCK_SECONDS = 2592000;
    int256 internal constant WING = 4;
}

/// @dev Numbers of the pricing kernels, multiples of 2^-96 unless they are WAD.
library Kernel {
    int256 internal constant ARTANH_0 = 79228162514264337593539922615;
    int256 internal constant ARTANH_1 = 26409387504754779225209093961;
    int256 internal constant ARTANH_2 = 15845632502852836867003039361;
    int256 internal constant ARTANH_3 = 11318308930622502016484234803;
    int256 internal constant ARTANH_4 = 8803129165318403961413711951;
    int256 internal constant ARTANH_5 = 7202560599428698172165211303;
    int256 internal constant ARTANH_6 = 6094445539035437050960728769;
    int256 internal constant ARTANH_7 = 5283229483675520617137028400;
    int256 internal constant ARTANH_8 = 4621925094015349006894641198;
    int256 internal constant ARTANH_9 = 4770770703100769512142882297;
    int256 internal constant EXP_EVEN_0 = 1370431710894734241370055901267886080;
    int256 internal constant EXP_EVEN_1 = 158126735872469335542698757838602240;
    int256 internal constant EXP_EVEN_2 = 1996549695359461307357307548467200;
    int256 internal constant EXP_EVEN_3 = 4436777100798802905238461218816;
    int256 internal constant EXP_MAX = 5070602400912917605986812821504;
    int256 internal constant EXP_ODD_0 = 685215855447367120685027950633943040;
    int256 internal constant EXP_ODD_1 = 21962046648954074380930383033139200;
    int256 internal constant EXP_ODD_2 = 119792981721567678441438452908032;
    int256 internal constant EXP_ODD_3 = 79228162514264337593543950336;
    int256 internal constant EXP_UNDERFLOW = -5308286888455710618767444672512;
    int256 internal constant EXP_WAD_MAX = 130000000000000000000;
    int256 internal constant EXP_WAD_UNDERFLOW = -42000000000000000000;
    int256 internal constant FIVE_18 = 3814697265625;
    int256 internal constant INVERSE_LN_2 = 114302077158074026402637675937;
    int256 internal constant LN_2 = 54916777467707473351141471128;
    int256 internal constant LN_WAD = 3283732547111784853622338532247;
    int256 internal constant MILLS_DENOMINATOR_0 = 79228162514264337593543950336;
    int256 internal constant MILLS_DENOMINATOR_1 = 189211876651757110767618188294;
    int256 internal constant MILLS_DENOMINATOR_2 = 211106314264836186653171955154;
    int256 internal constant MILLS_DENOMINATOR_3 = 145514793027592119215183209347;
    int256 internal constant MILLS_DENOMINATOR_4 = 68998784511371030517420326498;
    int256 internal constant MILLS_DENOMINATOR_5 = 23690067864840245928275273585;
    int256 internal constant MILLS_DENOMINATOR_6 = 6027390137043837537876001473;
    int256 internal constant MILLS_DENOMINATOR_7 = 1140437240707664169543275454;
    int256 internal constant MILLS_DENOMINATOR_8 = 157953336556704751707605174;
    int256 internal constant MILLS_DENOMINATOR_9 = 15337615374876526029508766;
    int256 internal constant MILLS_DENOMINATOR_10 = 946845807303042973409506;
    int256 internal constant MILLS_DENOMINATOR_11 = 28461448925329085172871;
    int256 internal constant MILLS_NUMERATOR_0 = 39614081257132168798186789106;
    int256 internal constant MILLS_NUMERATOR_1 = 62998474500422634214132841510;
    int256 internal constant MILLS_NUMERATOR_2 = 49875580210497614607938942390;
    int256 internal constant MILLS_NUMERATOR_3 = 25305309981627874199719265922;
    int256 internal constant MILLS_NUMERATOR_4 = 9014188432972557064520583707;
    int256 internal constant MILLS_NUMERATOR_5 = 2342699647133035315411991611;
    int256 internal constant MILLS_NUMERATOR_6 = 448883876393364909073365959;
    int256 internal constant MILLS_NUMERATOR_7 = 62636527368936180736738954;
    int256 internal constant MILLS_NUMERATOR_8 = 6107468780251007697146756;
    int256 internal constant MILLS_NUMERATOR_9 = 377736825525021644783775;
    int256 internal constant MILLS_NUMERATOR_10 = 11354475337997020189873;
    int256 internal constant NORMAL_BOUND = 1267650600228229401496703205376;
    int256 internal constant NORMAL_PEAK = 31607463825455920808620519744;
    int256 internal constant Q96 = 79228162514264337593543950336;
    int256 internal constant SQRT_2 = 112045541949572279837463876455;
    int256 internal constant FORWARD_MAX = 10000000000000000000000000000;
    int256 internal constant FORWARD_MIN = 1000000000000;
    int256 internal constant LOG_AND_VOLATILITY_BOUND = 5070602400912917605986812821504;
    int256 internal constant SCENARIO_FORWARD_MAX = 340282366920938463463374607431768211456;
    int256 internal constant TAU_SECONDS_MAX = 320000000;
    int256 internal constant TOTAL_VOLATILITY_MIN = 72057594037927936;
    int256 internal constant VOLATILITY_MAX = 20000000000000000000;
}

/// @dev Bytes of an id by record type, one byte a type.
library RecordId {
    bytes32 internal constant LENGTHS = 0xff000002020415202915020801ff0214000415171902ffffffffffffffffffff;
    uint256 internal constant UNKNOWN_TYPE = 255;
}

/// @dev Keys of the records of which there is one.
library RecordKey {
    bytes32 internal constant CHAIN = 0x4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a;
    bytes32 internal constant POOL = 0xdbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986;
    bytes32 internal constant MACRO = 0xc555eab45d08845ae9f10d452a99bfcb06f74a50b988fe7e48dd323789b88ee3;
    bytes32 internal constant PARAMETERS = 0xbf60e4349cace6bce0d552e8d783428db66d0d649bd9e430a3627e2ee14ac839;
    bytes32 internal constant PUBLISHERS = 0x21b307391d037faa2db9418cc43c3e3aa0f65b22ee187ce1b1cdc63e36704711;
}

/// @dev Record `chain`.
library ChainLayout {
    uint8 internal constant TYPE = 1;
    uint256 internal constant VERSION = 0x2;
    uint256 internal constant HEIGHT = 0x208;
    uint256 internal constant TIMESTAMP = 0xa08;
    uint256 internal constant ANCHOR_NUMBER = 0x1208;
    uint256 internal constant ANCHOR_HASH = 0x1a20;
    uint256 internal constant INBOX_CURSOR = 0x3a08;
    uint256 internal constant INBOX_ACCUMULATOR = 0x4220;
    uint256 internal constant PARAMETER_HASH = 0x6220;
    uint256 internal constant WITHDRAWAL_COUNT = 0x8208;
    uint256 internal constant DOMAIN_SEPARATOR = 0x8a20;
    uint256 internal constant SEQUENCER = 0xaa14;
    uint256 internal constant RESUME_TIME = 0xbe08;
    uint256 internal constant WIDTH = 198;
}

/// @dev Record `pool`.
library PoolLayout {
    uint8 internal constant TYPE = 2;
    uint256 internal constant CASH_POSITIVE = 0x10;
    uint256 internal constant CASH_NEGATIVE = 0x1010;
    uint256 internal constant QUOTE_TOTAL = 0x2010;
    uint256 internal constant CLEARING = 0x3010;
    uint256 internal constant INSURANCE = 0x4010;
    uint256 internal constant FEES = 0x5010;
    uint256 internal constant DEFICIT = 0x6010;
    uint256 internal constant DEPOSITED = 0x7010;
    uint256 internal constant WITHDRAWN = 0x8010;
    uint256 internal constant BORROW_INDEX = 0x9010;
    uint256 internal constant SUPPLY_INDEX = 0xa010;
    uint256 internal constant INTEREST_TIME = 0xb008;
    uint256 internal constant WITHDRAWAL_RATE = 0xb808;
    uint256 internal constant AUCTIONED = 0xc010;
    uint256 internal constant FLAGGED = 0xd010;
    uint256 internal constant ROUNDS = 0xe008;
    uint256 internal constant AUCTION_PAUSE = 0xe808;
    uint256 internal constant CLAIMS = 0xf010;
    uint256 internal constant CLAIM_FACTOR = 0x10010;
    uint256 internal constant CLAIM_SCALE = 0x11004;
    uint256 internal constant CLAIM_START = 0x11404;
    uint256 internal constant RECOVERY = 0x11810;
    uint256 internal constant CLAIM_MARK = 0x12810;
    uint256 internal constant WIDTH = 312;
}

/// @dev Record `asset`.
library AssetLayout {
    uint8 internal constant TYPE = 3;
    uint256 internal constant TOKEN = 0x14;
    uint256 internal constant DECIMALS = 0x1401;
    uint256 internal constant STATUS = 0x1501;
    uint256 internal constant UNDERLYING = 0x1602;
    uint256 internal constant RATIO = 0x1810;
    uint256 internal constant BASE_HAIRCUT = 0x2808;
    uint256 internal constant HAIRCUT = 0x3008;
    uint256 internal constant HAIRCUT_TIME = 0x3808;
    uint256 internal constant HAIRCUT_PRICE = 0x4008;
    uint256 internal constant RAMP_START = 0x4808;
    uint256 internal constant RAMP_END = 0x5008;
    uint256 internal constant AVERAGE_DAILY_VOLUME = 0x5810;
    uint256 internal constant CAP = 0x6810;
    uint256 internal constant ACCOUNT_CAP = 0x7810;
    uint256 internal constant HELD = 0x8810;
    uint256 internal constant DEPOSITED = 0x9810;
    uint256 internal constant WITHDRAWN = 0xa810;
    uint256 internal constant WIDTH = 184;
}

/// @dev Record `underlying`.
library UnderlyingLayout {
    uint8 internal constant TYPE = 4;
    uint256 internal constant ROLE = 0x1;
    uint256 internal constant GROUP = 0x101;
    uint256 internal constant LEADER = 0x202;
    uint256 internal constant PEG = 0x408;
    uint256 internal constant INDEX_PRICE = 0xc08;
    uint256 internal constant ORACLE_TIME = 0x1408;
    uint256 internal constant CONFIDENCE = 0x1c08;
    uint256 internal constant STABLE_PRICE = 0x2408;
    uint256 internal constant PRICE_SEQUENCE = 0x2c08;
    uint256 internal constant PRICE_SCAN_RANGE = 0x3408;
    uint256 internal constant VOLATILITY_SCAN_UP = 0x3c08;
    uint256 internal constant VOLATILITY_SCAN_DOWN = 0x4408;
    uint256 internal constant SCAN_FLOOR = 0x4c08;
    uint256 internal constant SCAN_CEILING = 0x5408;
    uint256 internal constant CORRELATION = 0x5c08;
    uint256 internal constant FEE_MULTIPLIER = 0x6408;
    uint256 internal constant STRESS = 0x6c08;
    uint256 internal constant AVERAGE_DAILY_VOLUME = 0x7410;
    uint256 internal constant STRIKE_STEP = 0x8408;
    uint256 internal constant OPTION_TICK_SIZE = 0x8c08;
    uint256 internal constant OPTION_LOT_SIZE = 0x9408;
    uint256 internal constant OPTION_OPEN_INTEREST_CAP = 0x9c08;
    uint256 internal constant OPTION_MAX_ORDER_LOTS = 0xa408;
    uint256 internal constant PRICE_SECONDS = 0xac10;
    uint256 internal constant SETTLEMENT_EXPIRY = 0xbc08;
    uint256 internal constant WINDOW_PRICE_SECONDS = 0xc410;
    uint256 internal constant LAST_SETTLEMENT_EXPIRY = 0xd408;
    uint256 internal constant LAST_SETTLEMENT_PRICE = 0xdc08;
    uint256 internal constant RESUME_TIME = 0xe408;
    uint256 internal constant TERMS = 236;
}

/// @dev An item of `terms`.
library UnderlyingTerm {
    uint256 internal constant EXPIRY = 0x8;
    uint256 internal constant FORWARD = 0x808;
    uint256 internal constant THETA = 0x1008;
    uint256 internal constant RHO = 0x1808;
    uint256 internal constant PSI = 0x2008;
    uint256 internal constant VOLATILITY_TIME = 0x2808;
    uint256 internal constant WIDTH = 48;
}

/// @dev Record `instrument`.
library InstrumentLayout {
    uint8 internal constant TYPE = 5;
    uint256 internal constant KIND = 0x1;
    uint256 internal constant STATUS = 0x101;
    uint256 internal constant UNDERLYING = 0x202;
    uint256 internal constant EXPIRY = 0x408;
    uint256 internal constant STRIKE = 0xc08;
    uint256 internal constant TICK_SIZE = 0x1408;
    uint256 internal constant LOT_SIZE = 0x1c08;
    uint256 internal constant TICK_VALUE = 0x2408;
    uint256 internal constant MARK_PRICE = 0x2c08;
    uint256 internal constant MARK_PER_LOT = 0x3408;
    uint256 internal constant MARK_TIME = 0x3c08;
    uint256 internal constant MARK_SEQUENCE = 0x4408;
    uint256 internal constant PREMIUM = 0x4c08;
    uint256 internal constant PREMIUM_NOTIONAL = 0x5410;
    uint256 internal constant PREMIUM_WEIGHTED = 0x6410;
    uint256 internal constant FUNDING_INDEX = 0x7410;
    uint256 internal constant FUNDING_RATE = 0x8408;
    uint256 internal constant FUNDING_TIME = 0x8c08;
    uint256 internal constant OPEN_INTEREST = 0x9408;
    uint256 internal constant OPEN_INTEREST_CAP = 0x9c08;
    uint256 internal constant MAX_ORDER_LOTS = 0xa408;
    uint256 internal constant DELTA = 0xac08;
    uint256 internal constant GAMMA = 0xb408;
    uint256 internal constant VEGA = 0xbc08;
    uint256 internal constant THETA = 0xc408;
    uint256 internal constant SETTLEMENT_PRICE = 0xcc08;
    uint256 internal constant RISK_ARRAY = 212;
    uint256 internal constant WIDTH = 492;
}

/// @dev Record `account`.
library AccountLayout {
    uint8 internal constant TYPE = 6;
    uint256 internal constant MODE = 0x1;
    uint256 internal constant AUCTION = 0x101;
    uint256 internal constant ACTION_NONCE = 0x208;
    uint256 internal constant ORDER_NONCE_FLOOR = 0xa08;
    uint256 internal constant MARGIN_HELD = 0x1208;
    uint256 internal constant REPUTATION_TIME = 0x1a08;
    uint256 internal constant SCORE = 0x2210;
    uint256 internal constant FEES_PAID = 0x3210;
    uint256 internal constant CASH = 0x4210;
    uint256 internal constant INTEREST_INDEX = 0x5210;
    uint256 internal constant COLLATERALS = 98;
}

/// @dev An item of `collaterals`.
library AccountCollateral {
    uint256 internal constant ASSET = 0x2;
    uint256 internal constant BALANCE = 0x210;
    uint256 internal constant WIDTH = 18;
}

/// @dev An item of `positions`.
library AccountPosition {
    uint256 internal constant INSTRUMENT = 0x4;
    uint256 internal constant SIZE = 0x408;
    uint256 internal constant QUOTE = 0xc10;
    uint256 internal constant FUNDING_INDEX = 0x1c10;
    uint256 internal constant WIDTH = 44;
}

/// @dev Record `order`.
library OrderLayout {
    uint8 internal constant TYPE = 7;
    uint256 internal constant FILLED = 0x8;
    uint256 internal constant EXPIRY = 0x808;
    uint256 internal constant WIDTH = 16;
}

/// @dev Record `session`.
library SessionLayout {
    uint8 internal constant TYPE = 8;
    uint256 internal constant SCOPE = 0x1;
    uint256 internal constant EXPIRY = 0x108;
    uint256 internal constant NOTIONAL_CAP = 0x910;
    uint256 internal constant MARKETS = 25;
}

/// @dev Record `auction`.
library AuctionLayout {
    uint8 internal constant TYPE = 9;
    uint256 internal constant KIND = 0x1;
    uint256 internal constant START = 0x108;
    uint256 internal constant STEP_SECONDS = 0x908;
    uint256 internal constant BIDS = 0x1104;
    uint256 internal constant SOLD = 0x1508;
    uint256 internal constant RESERVED = 0x1d10;
    uint256 internal constant FUND_LEFT = 0x2d10;
    uint256 internal constant VALUE = 0x3d10;
    uint256 internal constant MAINTENANCE = 0x4d10;
    uint256 internal constant MARKET = 0x5d02;
    uint256 internal constant WIDTH = 95;
}

/// @dev Record `vault`.
library VaultLayout {
    uint8 internal constant TYPE = 10;
    uint256 internal constant OPERATOR = 0x14;
    uint256 internal constant SHARES = 0x1410;
    uint256 internal constant LOSS_CAP = 0x2410;
    uint256 internal constant DAY = 0x3408;
    uint256 internal constant DAY_VALUE = 0x3c10;
    uint256 internal constant LOCK_SECONDS = 0x4c08;
    uint256 internal constant WIDTH = 84;
}

/// @dev Record `withdrawal`.
library WithdrawalLayout {
    uint8 internal constant TYPE = 11;
    uint256 internal constant ASSET = 0x2;
    uint256 internal constant AMOUNT = 0x210;
    uint256 internal constant RECIPIENT = 0x1214;
    uint256 internal constant ACCOUNT = 0x2615;
    uint256 internal constant HEIGHT = 0x3b08;
    uint256 internal constant TIMESTAMP = 0x4308;
    uint256 internal constant RESERVED = 0x4b14;
    uint256 internal constant WIDTH = 95;
}

/// @dev Record `parameters`.
library ParametersLayout {
    uint8 internal constant TYPE = 12;
    uint256 internal constant MAKER_FEE = 0x8;
    uint256 internal constant TAKER_FEE = 0x808;
    uint256 internal constant INITIAL_FACTOR = 0x1008;
    uint256 internal constant CONTINGENCY = 0x1808;
    uint256 internal constant CALENDAR_CHARGE = 0x2008;
    uint256 internal constant CORRELATION_OFFSET = 0x2808;
    uint256 internal constant PREMIUM_CLAMP = 0x3008;
    uint256 internal constant PREMIUM_SECONDS = 0x3808;
    uint256 internal constant FUNDING_SHARE = 0x4008;
    uint256 internal constant FUNDING_CLAMP = 0x4808;
    uint256 internal constant PRICE_BAND = 0x5008;
    uint256 internal constant PRICE_JUMP = 0x5808;
    uint256 internal constant STABLE_RATE = 0x6008;
    uint256 internal constant MAX_PRICE_AGE = 0x6808;
    uint256 internal constant MAX_MARK_AGE = 0x7008;
    uint256 internal constant MAX_REPORT_AGE = 0x7808;
    uint256 internal constant OPTION_BAND = 0x8008;
    uint256 internal constant VOLATILITY_FLOOR = 0x8808;
    uint256 internal constant MAX_VOLATILITY_AGE = 0x9008;
    uint256 internal constant SHORT_OPTION_MINIMUM = 0x9808;
    uint256 internal constant LIQUIDITY_CHARGE = 0xa008;
    uint256 internal constant CONCENTRATION_SHARE = 0xa808;
    uint256 internal constant CONFIDENCE_FLOOR = 0xb008;
    uint256 internal constant CONFIDENCE_CHARGE = 0xb808;
    uint256 internal constant OPEN_INTEREST_SHARE = 0xc008;
    uint256 internal constant PEG_FLOOR = 0xc808;
    uint256 internal constant PEG_CHARGE = 0xd008;
    uint256 internal constant PROFIT_SHARE = 0xd808;
    uint256 internal constant HAIRCUT_VOLATILITY = 0xe008;
    uint256 internal constant HAIRCUT_LIQUIDITY = 0xe808;
    uint256 internal constant HAIRCUT_CONCENTRATION = 0xf008;
    uint256 internal constant HAIRCUT_RATE = 0xf808;
    uint256 internal constant BORROW_BASE = 0x10008;
    uint256 internal constant BORROW_SLOPE = 0x10808;
    uint256 internal constant BORROW_KINK = 0x11008;
    uint256 internal constant BORROW_STEEP = 0x11808;
    uint256 internal constant INTEREST_RESERVE = 0x12008;
    uint256 internal constant OPTION_FEE_CAP = 0x12808;
    uint256 internal constant REDUCING_DISCOUNT = 0x13008;
    uint256 internal constant CONCENTRATION_FEE = 0x13808;
    uint256 internal constant REPUTATION_WORST = 0x14008;
    uint256 internal constant REPUTATION_BEST = 0x14808;
    uint256 internal constant REPUTATION_SCALE = 0x15008;
    uint256 internal constant REPUTATION_RELIEF = 0x15808;
    uint256 internal constant REPUTATION_HALF_LIFE = 0x16008;
    uint256 internal constant SCAN_MULTIPLIER = 0x16808;
    uint256 internal constant AUCTION_BUFFER = 0x17008;
    uint256 internal constant AUCTION_START = 0x17808;
    uint256 internal constant AUCTION_CUT = 0x18008;
    uint256 internal constant AUCTION_FLOOR = 0x18808;
    uint256 internal constant AUCTION_STEP = 0x19008;
    uint256 internal constant AUCTION_PENALTY = 0x19808;
    uint256 internal constant AUCTION_TIP = 0x1a008;
    uint256 internal constant AUCTION_CHIP = 0x1a808;
    uint256 internal constant AUCTION_DUST = 0x1b008;
    uint256 internal constant AUCTION_HOLE = 0x1b808;
    uint256 internal constant AUCTION_MARKET_SHARE = 0x1c008;
    uint256 internal constant AUCTION_GRACE = 0x1c808;
    uint256 internal constant OUTAGE_SECONDS = 0x1d008;
    uint256 internal constant INSOLVENT_SECONDS = 0x1d808;
    uint256 internal constant INSOLVENT_SHARE = 0x1e008;
    uint256 internal constant INSOLVENT_MARKET_SHARE = 0x1e808;
    uint256 internal constant ABSORB_PRICE = 0x1f008;
    uint256 internal constant WIDTH = 504;
}

/// @dev Record `regime`.
library RegimeLayout {
    uint8 internal constant TYPE = 14;
    uint256 internal constant OBSERVED_HOURS = 0x8;
    uint256 internal constant HOUR = 0x808;
    uint256 internal constant BAR_PRICE = 0x1008;
    uint256 internal constant BAR_RETURN = 0x1810;
    uint256 internal constant BAR_HOURS = 0x2808;
    uint256 internal constant WINDOW_PRICE_SECONDS = 0x3010;
    uint256 internal constant VARIANCE12 = 0x4010;
    uint256 internal constant VARIANCE72 = 0x5010;
    uint256 internal constant VARIANCE720 = 0x6010;
    uint256 internal constant VARIANCE8760 = 0x7010;
    uint256 internal constant LONG_TERM_SUM = 0x8010;
    uint256 internal constant LONG_TERM_HOURS = 0x9008;
    uint256 internal constant CALM = 0x9810;
    uint256 internal constant STRESS = 0xa810;
    uint256 internal constant DAY_HOUR = 0xb808;
    uint256 internal constant DAY_PRICE = 0xc008;
    uint256 internal constant DAY_VARIANCE = 0xc810;
    uint256 internal constant DAY_RETURN = 0xd810;
    uint256 internal constant DAY_SCAN_RANGE = 0xe808;
    uint256 internal constant COVARIANCE = 0xf010;
    uint256 internal constant OWN_VARIANCE = 0x10010;
    uint256 internal constant LEADER_VARIANCE = 0x11010;
    uint256 internal constant OUTCOMES = 0x12020;
    uint256 internal constant OBSERVATIONS = 0x14004;
    uint256 internal constant EXCEPTIONS = 0x14404;
    uint256 internal constant QUIET_AFTER_QUIET = 0x14804;
    uint256 internal constant EXCEPTION_AFTER_QUIET = 0x14c04;
    uint256 internal constant QUIET_AFTER_EXCEPTION = 0x15004;
    uint256 internal constant EXCEPTION_AFTER_EXCEPTION = 0x15404;
    uint256 internal constant PENALTY = 0x15808;
    uint256 internal constant VOLATILITY = 0x16008;
    uint256 internal constant PRIOR_SCAN_RANGE = 0x16808;
    uint256 internal constant PRIOR_VOLATILITY_UP = 0x17008;
    uint256 internal constant PRIOR_VOLATILITY_DOWN = 0x17808;
    uint256 internal constant PRIOR_CORRELATION = 0x18008;
    uint256 internal constant NEXT_SCAN_RANGE = 0x18808;
    uint256 internal constant NEXT_VOLATILITY_UP = 0x19008;
    uint256 internal constant NEXT_VOLATILITY_DOWN = 0x19808;
    uint256 internal constant NEXT_CORRELATION = 0x1a008;
    uint256 internal constant NEXT_FEE_MULTIPLIER = 0x1a808;
    uint256 internal constant NEXT_STRESS = 0x1b008;
    uint256 internal constant WIDTH = 440;
}

/// @dev Record `owner`.
library OwnerLayout {
    uint8 internal constant TYPE = 15;
    uint256 internal constant EXPOSURES = 0;
}

/// @dev An item of `exposures`.
library OwnerExposure {
    uint256 internal constant UNDERLYING = 0x2;
    uint256 internal constant UNITS = 0x210;
    uint256 internal constant WIDTH = 18;
}

/// @dev Record `macro`.
library MacroLayout {
    uint8 internal constant TYPE = 16;
    uint256 internal constant REFERENCE = 0x2;
    uint256 internal constant EQUITY_DAYS = 0x204;
    uint256 internal constant EQUITY_CLOSE = 0x608;
    uint256 internal constant EQUITY_DAY = 0xe08;
    uint256 internal constant REFERENCE_PRICE = 0x1608;
    uint256 internal constant COVARIANCE = 0x1e10;
    uint256 internal constant EQUITY_VARIANCE = 0x2e10;
    uint256 internal constant REFERENCE_VARIANCE = 0x3e10;
    uint256 internal constant VOLATILITY_CLOSE = 0x4e08;
    uint256 internal constant VOLATILITY_DAY = 0x5608;
    uint256 internal constant VOLATILITY_MEAN = 0x5e10;
    uint256 internal constant VOLATILITY_STRESS = 0x6e10;
    uint256 internal constant DOLLAR_CLOSE = 0x7e08;
    uint256 internal constant DOLLAR_DAY = 0x8608;
    uint256 internal constant DOLLAR_MEAN = 0x8e10;
    uint256 internal constant DOLLAR_STRESS = 0x9e10;
    uint256 internal constant WIDTH = 174;
}

/// @dev Record `round`.
library RoundLayout {
    uint8 internal constant TYPE = 17;
    uint256 internal constant ACCOUNT = 0x15;
    uint256 internal constant NUMBER = 0x1508;
    uint256 internal constant LOTS = 0x1d08;
    uint256 internal constant OPEN_INTEREST = 0x2508;
    uint256 internal constant WEIGHED = 0x2d08;
    uint256 internal constant FREE = 0x3508;
    uint256 internal constant MARK_PER_LOT = 0x3d08;
    uint256 internal constant HAIRCUT_PER_LOT = 0x4510;
    uint256 internal constant STATUS = 0x5501;
    uint256 internal constant WIDTH = 86;
}

/// @dev Record `claim`.
library ClaimLayout {
    uint8 internal constant TYPE = 18;
    uint256 internal constant AMOUNT = 0x10;
    uint256 internal constant FACTOR = 0x1010;
    uint256 internal constant SCALE = 0x2004;
    uint256 internal constant WIDTH = 36;
}

/// @dev Record `stake`.
library StakeLayout {
    uint8 internal constant TYPE = 19;
    uint256 internal constant SHARES = 0x10;
    uint256 internal constant LOCKED_UNTIL = 0x1008;
    uint256 internal constant WIDTH = 24;
}

/// @dev Record `part`.
library PartLayout {
    uint8 internal constant TYPE = 20;
    uint256 internal constant ROUND = 0x8;
    uint256 internal constant FREE = 0x808;
    uint256 internal constant WIDTH = 16;
}

/// @dev Record `market`.
library MarketLayout {
    uint8 internal constant TYPE = 21;
    uint256 internal constant AUCTIONED = 0x10;
    uint256 internal constant FUND_DAY = 0x1008;
    uint256 internal constant FUND_LIMIT = 0x1810;
    uint256 internal constant FUND_USED = 0x2810;
    uint256 internal constant WIDTH = 56;
}

/// @dev Record `publishers`.
library PublishersLayout {
    uint8 internal constant TYPE = 12;
    uint256 internal constant THRESHOLD = 0x1;
    uint256 internal constant MEMBERS = 1;
}

/// @dev An order in a trade.
library SignedOrder {
    uint256 internal constant OWNER = 0x14;
    uint256 internal constant SUBACCOUNT = 0x1401;
    uint256 internal constant FLAGS = 0x1501;
    uint256 internal constant LOTS = 0x1606;
    uint256 internal constant LIMIT_TICKS = 0x1c06;
    uint256 internal constant NONCE = 0x2208;
    uint256 internal constant EXPIRY = 0x2a05;
    uint256 internal constant SIGNATURE = 47;
    uint256 internal constant WIDTH = 111;
}

/// @dev Transaction `beginBlock`, its type byte at 0.
library BeginBlockBody {
    uint8 internal constant TYPE = 1;
    uint256 internal constant HEIGHT = 0x108;
    uint256 internal constant TIMESTAMP = 0x908;
    uint256 internal constant ANCHOR_NUMBER = 0x1108;
    uint256 internal constant ANCHOR_HASH = 0x1920;
    uint256 internal constant WIDTH = 57;
}

/// @dev Transaction `deposit`, its type byte at 0.
library DepositBody {
    uint8 internal constant TYPE = 2;
    uint256 internal constant ASSET = 0x102;
    uint256 internal constant ACCOUNT = 0x315;
    uint256 internal constant AMOUNT = 0x1810;
    uint256 internal constant WIDTH = 40;
}

/// @dev Transaction `withdraw`, its type byte at 0.
library WithdrawBody {
    uint8 internal constant TYPE = 5;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant ASSET = 0x2302;
    uint256 internal constant AMOUNT = 0x2510;
    uint256 internal constant RECIPIENT = 0x3514;
    uint256 internal constant SIGNATURE = 73;
    uint256 internal constant WIDTH = 137;
}

/// @dev Transaction `transfer`, its type byte at 0.
library TransferBody {
    uint8 internal constant TYPE = 6;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant ASSET = 0x2302;
    uint256 internal constant AMOUNT = 0x2510;
    uint256 internal constant TO_OWNER = 0x3514;
    uint256 internal constant TO_SUBACCOUNT = 0x4901;
    uint256 internal constant SIGNATURE = 74;
    uint256 internal constant WIDTH = 138;
}

/// @dev Transaction `setMode`, its type byte at 0.
library SetModeBody {
    uint8 internal constant TYPE = 7;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant MODE = 0x2301;
    uint256 internal constant SIGNATURE = 36;
    uint256 internal constant WIDTH = 100;
}

/// @dev Transaction `authorizeSession`, its type byte at 0.
library AuthorizeSessionBody {
    uint8 internal constant TYPE = 8;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant KEY = 0x2314;
    uint256 internal constant SCOPE = 0x3701;
    uint256 internal constant SESSION_EXPIRY = 0x3805;
    uint256 internal constant NOTIONAL_CAP = 0x3d10;
    uint256 internal constant MARKETS = 77;
}

/// @dev Transaction `revokeSession`, its type byte at 0.
library RevokeSessionBody {
    uint8 internal constant TYPE = 9;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant KEY = 0x2314;
    uint256 internal constant SIGNATURE = 55;
    uint256 internal constant WIDTH = 119;
}

/// @dev Transaction `invalidateNonces`, its type byte at 0.
library InvalidateNoncesBody {
    uint8 internal constant TYPE = 10;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant FLOOR = 0x2308;
    uint256 internal constant SIGNATURE = 43;
    uint256 internal constant WIDTH = 107;
}

/// @dev Transaction `bid`, its type byte at 0.
library BidBody {
    uint8 internal constant TYPE = 18;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant FROM_OWNER = 0x2314;
    uint256 internal constant FROM_SUBACCOUNT = 0x3701;
    uint256 internal constant SHARE = 0x3808;
    uint256 internal constant MAX_PRICE = 0x4010;
    uint256 internal constant EXPECTED = 0x5020;
    uint256 internal constant SIGNATURE = 112;
    uint256 internal constant WIDTH = 176;
}

/// @dev Transaction `vaultDeposit`, its type byte at 0.
library VaultDepositBody {
    uint8 internal constant TYPE = 23;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant VAULT = 0x2302;
    uint256 internal constant AMOUNT = 0x2510;
    uint256 internal constant SIGNATURE = 53;
    uint256 internal constant WIDTH = 117;
}

/// @dev Transaction `vaultWithdraw`, its type byte at 0.
library VaultWithdrawBody {
    uint8 internal constant TYPE = 24;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant VAULT = 0x2302;
    uint256 internal constant SHARES = 0x2510;
    uint256 internal constant SIGNATURE = 53;
    uint256 internal constant WIDTH = 117;
}

/// @dev Transaction `redeemClaim`, its type byte at 0.
library RedeemClaimBody {
    uint8 internal constant TYPE = 25;
    uint256 internal constant OWNER = 0x114;
    uint256 internal constant SUBACCOUNT = 0x1501;
    uint256 internal constant NONCE = 0x1608;
    uint256 internal constant EXPIRY = 0x1e05;
    uint256 internal constant TO_OWNER = 0x2314;
    uint256 internal constant TO_SUBACCOUNT = 0x3701;
    uint256 internal constant SIGNATURE = 56;
    uint256 internal constant WIDTH = 120;
}

/// @dev Transaction `trade`, its type byte at 0.
library TradeBody {
    uint8 internal constant TYPE = 11;
    uint256 internal constant INSTRUMENT = 0x104;
    uint256 internal constant TAKER = 5;
    uint256 internal constant FILLS = 116;
}

/// @dev An item of `fills`.
library TradeFill {
    uint256 internal constant MAKER = 0;
    uint256 internal constant LOTS = 0x6f06;
    uint256 internal constant WIDTH = 117;
}

/// @dev Transaction `postPrices`, its type byte at 0.
library PostPricesBody {
    uint8 internal constant TYPE = 12;
    uint256 internal constant POINTS = 1;
}

/// @dev An item of `points`.
library PostPricesPoint {
    uint256 internal constant UNDERLYING = 0x2;
    uint256 internal constant EXPIRY = 0x205;
    uint256 internal constant QUANTITY = 0x701;
    uint256 internal constant WIDTH = 8;
}

/// @dev An item of `reports`.
library PostPricesReport {
    uint256 internal constant TIME = 0x5;
    uint256 internal constant PRICES = 5;
}

/// @dev Transaction `mark`, its type byte at 0.
library MarkBody {
    uint8 internal constant TYPE = 13;
    uint256 internal constant UNDERLYING = 0x102;
    uint256 internal constant INSTRUMENTS = 3;
}

/// @dev Transaction `settle`, its type byte at 0.
library SettleBody {
    uint8 internal constant TYPE = 14;
    uint256 internal constant INSTRUMENT = 0x104;
    uint256 internal constant ACCOUNTS = 5;
}

/// @dev Transaction `prune`, its type byte at 0.
library PruneBody {
    uint8 internal constant TYPE = 15;
    uint256 internal constant ORDERS = 1;
}

/// @dev Transaction `roll`, its type byte at 0.
library RollBody {
    uint8 internal constant TYPE = 16;
    uint256 internal constant UNDERLYING = 0x102;
    uint256 internal constant EXPIRY = 0x305;
    uint256 internal constant STRIKES = 8;
}

/// @dev Transaction `startAuction`, its type byte at 0.
library StartAuctionBody {
    uint8 internal constant TYPE = 17;
    uint256 internal constant ACCOUNT = 0x115;
    uint256 internal constant STARTER = 0x1615;
    uint256 internal constant WIDTH = 43;
}

/// @dev Transaction `endAuction`, its type byte at 0.
library EndAuctionBody {
    uint8 internal constant TYPE = 19;
    uint256 internal constant ACCOUNT = 0x115;
    uint256 internal constant WIDTH = 22;
}

/// @dev Transaction `absorb`, its type byte at 0.
library AbsorbBody {
    uint8 internal constant TYPE = 20;
    uint256 internal constant VAULT = 0x102;
    uint256 internal constant ACCOUNT = 0x315;
    uint256 internal constant SHARE = 0x1808;
    uint256 internal constant WIDTH = 32;
}

/// @dev Transaction `deleverage`, its type byte at 0.
library DeleverageBody {
    uint8 internal constant TYPE = 21;
    uint256 internal constant ACCOUNT = 0x115;
    uint256 internal constant INSTRUMENT = 0x1604;
    uint256 internal constant HOLDERS = 26;
}

/// @dev Transaction `socialize`, its type byte at 0.
library SocializeBody {
    uint8 internal constant TYPE = 22;
    uint256 internal constant ACCOUNT = 0x115;
    uint256 internal constant WIDTH = 22;
}

/// @dev Governance `setParameters`, its byte at 0.
library SetParametersAction {
    uint8 internal constant ACTION = 1;
    uint256 internal constant PARAMETERS = 1;
    uint256 internal constant PUBLISHERS = 505;
}

/// @dev Governance `listInstrument`, its byte at 0.
library ListInstrumentAction {
    uint8 internal constant ACTION = 2;
    uint256 internal constant INSTRUMENT = 0x104;
    uint256 internal constant KIND = 0x501;
    uint256 internal constant UNDERLYING = 0x602;
    uint256 internal constant EXPIRY = 0x808;
    uint256 internal constant STRIKE = 0x1008;
    uint256 internal constant TICK_SIZE = 0x1808;
    uint256 internal constant LOT_SIZE = 0x2008;
    uint256 internal constant OPEN_INTEREST_CAP = 0x2808;
    uint256 internal constant MAX_ORDER_LOTS = 0x3008;
    uint256 internal constant WIDTH = 56;
}

/// @dev Governance `listAsset`, its byte at 0.
library ListAssetAction {
    uint8 internal constant ACTION = 3;
    uint256 internal constant ASSET = 0x102;
    uint256 internal constant TOKEN = 0x314;
    uint256 internal constant DECIMALS = 0x1701;
    uint256 internal constant UNDERLYING = 0x1802;
    uint256 internal constant RATIO = 0x1a10;
    uint256 internal constant BASE_HAIRCUT = 0x2a08;
    uint256 internal constant RAMP_START = 0x3208;
    uint256 internal constant RAMP_END = 0x3a08;
    uint256 internal constant AVERAGE_DAILY_VOLUME = 0x4210;
    uint256 internal constant CAP = 0x5210;
    uint256 internal constant ACCOUNT_CAP = 0x6210;
    uint256 internal constant WIDTH = 114;
}

/// @dev Governance `setAsset`, its byte at 0.
library SetAssetAction {
    uint8 internal constant ACTION = 4;
    uint256 internal constant ASSET = 0x102;
    uint256 internal constant STATUS = 0x301;
    uint256 internal constant BASE_HAIRCUT = 0x408;
    uint256 internal constant AVERAGE_DAILY_VOLUME = 0xc10;
    uint256 internal constant CAP = 0x1c10;
    uint256 internal constant ACCOUNT_CAP = 0x2c10;
    uint256 internal constant WIDTH = 60;
}

/// @dev Governance `setInstrument`, its byte at 0.
library SetInstrumentAction {
    uint8 internal constant ACTION = 5;
    uint256 internal constant INSTRUMENT = 0x104;
    uint256 internal constant STATUS = 0x501;
    uint256 internal constant OPEN_INTEREST_CAP = 0x608;
    uint256 internal constant MAX_ORDER_LOTS = 0xe08;
    uint256 internal constant WIDTH = 22;
}

/// @dev Governance `setUnderlying`, its byte at 0.
library SetUnderlyingAction {
    uint8 internal constant ACTION = 6;
    uint256 internal constant UNDERLYING = 0x102;
    uint256 internal constant SCAN_FLOOR = 0x308;
    uint256 internal constant SCAN_CEILING = 0xb08;
    uint256 internal constant PEG = 0x1308;
    uint256 internal constant AVERAGE_DAILY_VOLUME = 0x1b10;
    uint256 internal constant STRIKE_STEP = 0x2b08;
    uint256 internal constant OPTION_TICK_SIZE = 0x3308;
    uint256 internal constant OPTION_LOT_SIZE = 0x3b08;
    uint256 internal constant OPTION_OPEN_INTEREST_CAP = 0x4308;
    uint256 internal constant OPTION_MAX_ORDER_LOTS = 0x4b08;
    uint256 internal constant WIDTH = 83;
}

/// @dev Governance `pauseAuctions`, its byte at 0.
library PauseAuctionsAction {
    uint8 internal constant ACTION = 7;
    uint256 internal constant UNTIL = 0x108;
    uint256 internal constant WIDTH = 9;
}

/// @dev Governance `setVault`, its byte at 0.
library SetVaultAction {
    uint8 internal constant ACTION = 8;
    uint256 internal constant VAULT = 0x102;
    uint256 internal constant OPERATOR = 0x314;
    uint256 internal constant LOSS_CAP = 0x1710;
    uint256 internal constant LOCK_SECONDS = 0x2708;
    uint256 internal constant WIDTH = 47;
}
