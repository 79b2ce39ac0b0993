/** Any failure as a code and a sentence. */
export function describeError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNEXPECTED';
  // A failure without a code is a fault of this program: its stack says where.
  return { code, message: code === 'UNEXPECTED' ? (error.stack ?? error.message) : error.message };
}
