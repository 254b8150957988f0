import { defineConfig, type UserConfig } from 'vite';
// @boundaries-ignore all builds share it
import { thirdPartyLicenses } from '../../scripts/third-party-licenses.ts';

/** The page: page/index.html and what it names -> dist/page, with the hash of its content in each name. */
const config: UserConfig = defineConfig({
  root: 'page',
  plugins: [thirdPartyLicenses()],
  base: './', // the key is in front of every address
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the policy of the page allows no data: addresses
  },
});

export default config;
