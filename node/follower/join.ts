/** How a follower with an empty directory begins: by a snapshot, block by block from peers, or from L1 alone. */
export const JOINS = ['snapshot', 'blocks', 'l1'] as const;
export type Join = (typeof JOINS)[number];
