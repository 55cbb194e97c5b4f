/** Why the sequencer did not take something: a rule of the protocol, of the matcher, or of the node. */
import { refusalName, type RefusalCode, type RefusalName } from '../../state/refusals.ts';
import type { RejectionCode } from './matcher/codes.ts';

export type NodeRule =
  | 'order_already_ended'
  | 'order_not_owned'
  | 'action_type_not_accepted'
  | 'sequencer_overloaded'
  | 'sequencer_stopping';

export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly source: 'protocol' | 'matcher' | 'node';
  readonly rule: RefusalName | RejectionCode | NodeRule;
  /** Number of the refusal; undefined where the rule is not the protocol's. */
  readonly code: number | undefined;
  readonly detail: string;

  private constructor(
    source: Rejection['source'],
    rule: Rejection['rule'],
    detail: string,
    code?: number,
  ) {
    super(detail === '' ? rule : `${rule}: ${detail}`);
    this.source = source;
    this.rule = rule;
    this.detail = detail;
    this.code = code;
  }
  static protocol(code: number, detail: string): Rejection {
    return new Rejection('protocol', refusalName(code as RefusalCode)!, detail, code);
  }
  static matcher(rule: RejectionCode, detail = ''): Rejection {
    return new Rejection('matcher', rule, detail);
  }
  static node(rule: NodeRule, detail = ''): Rejection {
    return new Rejection('node', rule, detail);
  }
}
