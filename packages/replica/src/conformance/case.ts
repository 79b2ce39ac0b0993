// A suite is a list of named cases that fail by rejecting, so that any test framework can run it, and none is needed.

/** One thing that every implementation of a port must do. */
export interface ConformanceCase {
  readonly name: string;
  /** Rejects with an AssertionError, or with what the implementation threw, if it does not. */
  readonly run: () => Promise<void>;
}

/** What a case works on, made anew for each and cleared away after it, however it ended. */
export interface Fixture<Subject> {
  setUp(): Promise<Subject>;
  tearDown(subject: Subject): Promise<void>;
}

export function casesOf<Subject>(
  fixture: Fixture<Subject>,
  cases: Readonly<Record<string, (subject: Subject) => Promise<void>>>,
): ConformanceCase[] {
  return Object.entries(cases).map(([name, test]) => ({
    name,
    run: async () => {
      const subject = await fixture.setUp();
      try {
        await test(subject);
      } finally {
        await fixture.tearDown(subject);
      }
    },
  }));
}
