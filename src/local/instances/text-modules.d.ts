/** Scripts for other interpreters lie in files of their own; imported, they are text (jest.config.js and scripts/build.mjs load them). */
declare module "*.pl" {
  const text: string;
  export default text;
}

declare module "*.sh" {
  const text: string;
  export default text;
}
