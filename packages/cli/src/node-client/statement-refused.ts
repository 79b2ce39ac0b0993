import { statusName } from '@balsa/wire';
import { CliError } from '../errors.ts';

/** What a node says of a statement that it does not carry out, or not to its end. */
export class StatementRefused extends CliError {
  readonly status: number;

  constructor(status: number, reason: string) {
    super('STATEMENT_REFUSED', `${status} ${statusName(status)}: ${reason}`);
    this.status = status;
  }
}
