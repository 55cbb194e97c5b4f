/** How a slot of the trie says which node it leads to: one 32-bit word. */

/** The node is a record, not a branch. */
export const REF_LEAF = 1 << 30;
/** The hash in this slot is older than the subtree below it. The sign bit: stale is negative. */
export const REF_STALE = 1 << 31;
/** The number of the node. A reference of 0 leads nowhere: the slot is empty. */
export const REF_NODE = REF_LEAF - 1;
