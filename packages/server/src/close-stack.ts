type Close = () => Promise<void>;

/** What has been opened, closed in reverse order. One failure to close does not keep the rest open. */
export class CloseStack {
  readonly #closes: Close[] = [];

  push(close: Close): void {
    this.#closes.push(close);
  }

  /** @throws the first failure, once everything has been closed. */
  async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closes.pop(); close !== undefined; close = this.#closes.pop()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) {
      throw failures[0];
    }
  }
}
