import { StatusCode } from '@balsa/wire';

/** A request that is not carried out: `status` and `message` go to the client as they are. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: StatusCode;

  constructor(status: StatusCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export function illegal(message: string): Refusal {
  return new Refusal(StatusCode.ILLEGAL_PARAMETER, message);
}
