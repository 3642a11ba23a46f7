// Types are not checked while it bundles, as in monorepos that check them in a step of their own.
module.exports = (options) => ({
  ...options,
  plugins: options.plugins.filter((it) => it.constructor.name !== 'ForkTsCheckerWebpackPlugin'),
});
