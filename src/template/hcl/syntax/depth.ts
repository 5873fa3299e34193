/**
 * How deep expressions, blocks, directives and JSON values may nest, all together. Real templates stay under 30; the limit
 * keeps recursive walks of the tree far from the end of the stack.
 */
export const MAX_DEPTH = 400;
