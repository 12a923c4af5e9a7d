// Builds the site for release from `[package.metadata.leptos]` of Cargo.toml, as `cargo leptos build
// --release --precompress` does. cargo-leptos takes six minutes to compile; without it a new machine
// serves its first page that much earlier. `make dev` uses it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { constants as os, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import browserslist from 'browserslist';
import { transform } from 'esbuild';
import { browserslistToTargets, bundleAsync } from 'lightningcss';

const WASM = 'wasm32-unknown-unknown';
const THIS = fileURLToPath(import.meta.url);

// Ends what still runs when something fails.
const failed = new AbortController();

/** Runs a program to its end. Returns its output if it is `wanted`; else the terminal shows it. */
async function run(program, args, { wanted = false } = {}) {
  const child = spawn(program, args, { stdio: ['ignore', wanted ? 'pipe' : 'inherit', 'inherit'], signal: failed.signal });
  const output = [];
  child.stdout?.on('data', (part) => output.push(part));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} failed`);
  return Buffer.concat(output).toString();
}

/** Compiles one of the two builds. */
const cargo = (features, ...args) => run('cargo', ['build', '--no-default-features', `--features=${features}`, ...args]);

/** When a file was written; before everything else if it is missing. */
const written = (file) => stat(file).then(({ mtimeMs }) => mtimeMs, () => 0);

process.chdir(join(dirname(THIS), '../..'));
const metadata = await run('cargo', ['metadata', '--format-version=1', '--no-deps'], { wanted: true });
const { packages, target_directory: target } = JSON.parse(metadata);
const leptos = packages[0].metadata.leptos;
const name = leptos['output-name'];
const site = leptos['site-root'];

// The browser's build is in the folder that cargo-leptos uses.
const front = join(target, 'front');
const bound = join(front, 'bound');
const [script, bindings, optimized] = ['.js', '_bg.wasm', '.wasm'].map((end) => join(bound, name + end));

async function browser() {
  const profile = leptos['lib-profile-release'];
  await Promise.all([
    run('.ci/setup', ['bindgen']),
    cargo(leptos['lib-features'], '--quiet', '--lib', `--target=${WASM}`, `--target-dir=${front}`, `--profile=${profile}`),
  ]);
  const module = join(front, WASM, profile, `${name}.wasm`);
  if ((await written(optimized)) > Math.max(await written(module), await written(THIS))) return;
  await run('wasm-bindgen', ['--target=web', '--no-typescript', `--out-name=${name}`, `--out-dir=${bound}`, module]);
  const features = ['--enable-bulk-memory', '--enable-nontrapping-float-to-int'];
  await run('wasm-opt', ['-Oz', ...features, bindings, '-o', optimized]);
}

const server = () => cargo(leptos['bin-features'], '--release', `--bin=${leptos['bin-target']}`);

// Side by side: the server takes longer, and at its end keeps one processor busy.
try {
  const built = server();
  setPriority(os.priority.PRIORITY_LOW);
  await Promise.all([built, browser()]);
} catch ({ message }) {
  failed.abort();
  console.error(`site: ${message}`);
  process.exit(1);
}

// What a browser loads, each under a name with its hash.
const { code: minified } = await transform(await readFile(script), { format: 'esm', minify: true });
const targets = browserslistToTargets(browserslist(leptos.browserquery));
const { code: style } = await bundleAsync({ filename: leptos['style-file'], minify: true, targets });
const unfinished = `${site}.unfinished`;
const pkg = join(unfinished, leptos['site-pkg-dir']);
await rm(unfinished, { recursive: true, force: true });
await cp(leptos['assets-dir'], unfinished, { recursive: true });
await mkdir(pkg);
let hashes = '';
for (const [kind, content] of Object.entries({ js: minified, wasm: await readFile(optimized), css: style })) {
  const hash = createHash('md5').update(content).digest('base64url');
  await writeFile(join(pkg, `${name}.${hash}.${kind}`), content);
  hashes += `${kind}: ${hash}\n`;
}

// Each file in gzip and in brotli too.
const entries = await readdir(unfinished, { recursive: true, withFileTypes: true });
for (const entry of entries.filter((entry) => entry.isFile())) {
  const file = join(entry.parentPath ?? entry.path, entry.name);
  const plain = await readFile(file);
  await writeFile(`${file}.gz`, await promisify(gzip)(plain, { level: constants.Z_BEST_COMPRESSION }));
  await writeFile(`${file}.br`, await promisify(brotliCompress)(plain));
}

await rm(site, { recursive: true, force: true });
await rename(unfinished, site);
await writeFile(join(target, 'release/hash.txt'), hashes);
