import { defineConfig } from 'vitest/config'

// Two suites: `unit` is pure and fast and belongs to `npm run check`; `lab` needs root (or a user
// namespace) and real routers and belongs to `npm test`.
export default defineConfig({
  resolve: { alias: { 'oyez/bgp': new URL('./bgp/index.ts', import.meta.url).pathname } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**'],
          // Properties are quick on a quiet machine; a busy one is no reason to fail them.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: { name: 'lab', include: ['test/lab/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
    ],
  },
})
