/**
 * The report's charts ask this package for a document; in a browser there is one. The bundler puts this file in its
 * place.
 */

/** The page's own document. */
export const parseHTML = (): { document: Document } => ({ document: globalThis.document });
