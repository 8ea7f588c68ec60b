// Makes dist/program: the whole program in a few files, for the image and for `bin`. What is gained is start-up time
// and memory: hundreds of small modules need not be found, read and compiled, and what a library carries but nobody
// calls stays out. The client of the Kubernetes API is the reason: its models alone cost 60 MB and a quarter of a
// second in every process, and we speak plain JSON.
//
//   dist/program/cli/main.js        oyez
//   dist/program/cli/kubectl.js     kubectl-oyez
//   dist/program/parts/*.js         what it shares and what it loads when it is needed, worker threads among it
//   dist/program/LICENSES.txt       the licences of all that is in there
//
// Both folders stand two levels below dist/, as sources do, so whatever looks for a neighbour by import.meta.url (the
// addon, a worker, package.json) finds it with or without the bundle.
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
// @peculiar/x509, which is looked at below, does not load without.
import '../src/webhook/reflect.ts'

const ROOT = join(import.meta.dirname, '..')
// Elsewhere for tests: `node build/bundle.mjs DIRECTORY`.
const TARGET = resolve(process.argv[2] ?? join(ROOT, 'dist/program'))

// Packages that are written as CommonJS ask for builtins with require.
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

const PROGRAMS = { 'cli/main': 'src/cli/main.ts', 'cli/kubectl': 'src/cli/kubectl.ts' }

/** Worker threads are started by the name of their file, and so keep it. */
const workers = () =>
  Object.fromEntries(
    globSync('src/**/*-worker.ts', { cwd: ROOT }).map((file) => [`parts/${basename(file, '.ts')}`, file]),
  )

/** What is used of packages that are large and imported only when they are needed. Of the others all may be used. */
const USED = { '@kubernetes/client-node': ['KubeConfig'] }

/**
 * A package that is imported when it is needed has a face here that names its exports: of a large one the rest can go,
 * and of one in CommonJS, names would not be found otherwise.
 */
const lazyPackages = {
  name: 'packages that are imported when they are needed',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(@[^/]+\/)?[a-z][^/:]*$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, namespace: 'lazy' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'lazy' }, async ({ path }) => {
      const names = USED[path] ?? Object.keys(await import(path)).filter((name) => /^\w+$/.test(name))
      return { contents: `export { ${names.join(', ')} } from '${path}'`, resolveDir: ROOT }
    })
  },
}

// The client is told not to make requests of its own, which it would do with undici; ours are node:https.
const NO_UNDICI = `
const unused = () => { throw new Error('undici is not in the bundle') }
export const fetch = unused
export class Agent { constructor() { unused() } }
export class ProxyAgent extends Agent {}
`

/** Importing the modules of the Kubernetes client does nothing but define: what is not used of them can go. */
const smallClient = {
  name: 'only what is used of the Kubernetes client',
  setup({ onLoad, onResolve, resolve }) {
    const inside = /[\\/]@kubernetes[\\/]client-node[\\/]/
    onResolve({ filter: /^(\.|@kubernetes\/)/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === inside || !(inside.test(from.importer) || from.namespace === 'lazy'))
        return undefined
      return { ...(await resolve(path, { ...from, pluginData: inside })), sideEffects: false }
    })
    onResolve({ filter: /^undici$/ }, ({ path, importer }) =>
      inside.test(importer) ? { path, namespace: 'no-undici' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'no-undici' }, () => ({ contents: NO_UNDICI }))
  },
}

/**
 * Importing a builtin as an ES module asks for each of its properties, and some load what nobody here uses: WebSocket
 * in node:http all of undici, 13 MB and 40 ms. As the plain object they cost nothing. Only properties that are values are
 * offered; whoever imports another one is told so by the build.
 */
const LAZY_BUILTINS = /^(node:)?(http|fs|util)$/

const lazyBuiltins = {
  name: 'builtins without what they load on demand',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: LAZY_BUILTINS }, ({ path, kind }) =>
      kind === 'import-statement' ? { path: path.replace(/^node:/, ''), namespace: 'builtin' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const properties = Object.getOwnPropertyDescriptors(process.getBuiltinModule(path))
      const names = Object.keys(properties).filter(
        (name) => 'value' in properties[name] && /^\w+$/.test(name),
      )
      const contents = `const it = process.getBuiltinModule('${path}')
        export default it
        export const { ${names.join(', ')} } = it`
      return { contents }
    })
  },
}

/** fastify loads HTTP/2 whether it is asked for or not, and here it never is: 10 MB. */
const noHttp2 = {
  name: 'HTTP/2 when it is asked for',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:http2$/ }, ({ path }) => ({ path, namespace: 'http2' }))
    onLoad({ filter: /./, namespace: 'http2' }, () => ({
      contents: `const http2 = () => process.getBuiltinModule('node:http2')
        module.exports = {
          createServer: (...options) => http2().createServer(...options),
          createSecureServer: (...options) => http2().createSecureServer(...options),
        }`,
    }))
  },
}

/** yargs looks for its words beside its own files; they are put beside ours. */
const wordsOfYargs = {
  name: 'words of yargs',
  setup({ onLoad, onEnd, initialOptions: { outdir } }) {
    const place = "resolve(__dirname, '../../../locales')"
    onLoad({ filter: /[\\/]yargs[\\/]lib[\\/]platform-shims[\\/]esm\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes(place))
        throw new Error(`${path} no longer names the folder of its words as ${place}`)
      return { contents: text.replace(place, "resolve(import.meta.dirname, '../words')") }
    })
    onEnd(() => cpSync(join(ROOT, 'node_modules/yargs/locales/en.json'), join(outdir, 'words/en.json')))
  },
}

async function bundle(outdir) {
  return build({
    absWorkingDir: ROOT,
    entryPoints: { ...PROGRAMS, ...workers() },
    outdir,
    chunkNames: 'parts/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    // Node keeps the text of what it has loaded: one octet per character of plain ASCII, two where there is another.
    charset: 'ascii',
    minifyWhitespace: true,
    // So that a line in a stack says something.
    lineLimit: 120,
    legalComments: 'none',
    banner: { js: REQUIRE },
    plugins: [lazyBuiltins, noHttp2, lazyPackages, smallClient, wordsOfYargs],
    metafile: true,
    logLevel: 'warning',
  })
}

/** The folders of the packages that something was taken from. */
function packagesIn({ inputs }) {
  const folders = Object.keys(inputs).flatMap(
    (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
  )
  return [...new Set(folders)].sort()
}

function licenceOf(folder) {
  const {
    name,
    version,
    license = 'no licence named',
  } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json')))
  const files = readdirSync(join(ROOT, folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
  const texts = files.map((file) => readFileSync(join(ROOT, folder, file), 'utf8').trim())
  return [`${name} ${version} (${license})`, ...texts].join('\n\n')
}

const LINE = `\n\n${'-'.repeat(80)}\n\n`

const fresh = `${TARGET}.new`
rmSync(fresh, { recursive: true, force: true })
const { metafile } = await bundle(fresh)
writeFileSync(join(fresh, 'LICENSES.txt'), `${packagesIn(metafile).map(licenceOf).join(LINE)}\n`)
for (const name of Object.keys(PROGRAMS)) chmodSync(join(fresh, `${name}.js`), 0o755)
// Made beside and put in place at once: what is started meanwhile sees the old one or the new one.
if (existsSync(TARGET)) rmSync(TARGET, { recursive: true })
renameSync(fresh, TARGET)
const octets = Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0)
const files = Object.keys(metafile.outputs).length
console.log(`${relative(ROOT, TARGET)}: ${files} files, ${(octets / 1e6).toFixed(1)} MB`)
