// As much of the WebAssembly API as is used here. It is no part of ECMAScript, so TypeScript declares it with the DOM only;
// and an engine may lack it (Node with `--jitless`).

export interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** `undefined` if the engine has none. */
export const webAssembly: WebAssemblyApi | undefined = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
