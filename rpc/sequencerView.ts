/** What a sequencer gives the methods: they read where it writes, and act through it. */
import type { Sequencer } from '../node/sequencer/sequencer.ts';
import type { NodeView } from './methods/view.ts';

export type SequencerView = Pick<
  NodeView,
  'executor' | 'desk' | 'history' | 'screen' | 'sequencerAddress' | 'domainSeparator' | 'onBlock' | 'intake'
>;

export const viewOfSequencer = (sequencer: Sequencer): SequencerView => ({
  executor: sequencer.executor,
  desk: sequencer.desk,
  history: sequencer.history,
  screen: () => sequencer.screen,
  sequencerAddress: sequencer.address,
  domainSeparator: sequencer.domainSeparator,
  onBlock: (listener) => sequencer.onBlock(listener),
  intake: sequencer,
});
