// Builds the page: src/ and OpenLayers into dist/, which is committed, so that Paydirt installs without Node.
// `--check` builds beside it and says whether dist/ is what the sources make.
import { build } from 'esbuild';
import { mkdtemp, mkdir, readFile, readdir, writeFile, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const check = process.argv.includes('--check');
const committed = join(here, 'dist');
const out = check ? await mkdtemp(join(tmpdir(), 'paydirt-view-')) : committed;
await mkdir(out, { recursive: true });

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { app: 'src/main.js' },
  outdir: out,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
await cp(join(here, 'src/index.html'), join(out, 'index.html'));
await writeFile(join(out, 'licences.txt'), await licences(metafile));

if (check) {
  const names = ['app.css', 'app.js', 'index.html', 'licences.txt'];
  const different = [];
  for (const name of names) {
    const [now, then] = await Promise.all([out, committed].map((folder) => readFile(join(folder, name))));
    if (!now.equals(then)) different.push(name);
  }
  if (different.length > 0) {
    console.error(`dist is not what the sources make: ${different.join(', ')} (run \`npm run build\`)`);
    process.exit(1);
  }
  console.log('dist is what the sources make');
}

/** The licences of the packages of which anything went into the bundle. */
async function licences({ inputs, outputs }) {
  const used = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).filter(([, input]) => input.bytesInOutput > 0).map(([name]) => name));
  const packages = new Set(used.map((name) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1]));
  packages.delete(undefined);
  let text = 'The page of `paydirt view` holds parts of these packages.\n';
  for (const name of [...packages].sort()) {
    const folder = join(here, 'node_modules', name);
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const file = (await readdir(folder)).find((entry) => /^licen[sc]e/i.test(entry));
    const words = file ? await readFile(join(folder, file), 'utf8') : '';
    text += `\n==== ${name} ${version} (${license})\n\n${words.trim()}\n`;
  }
  return text;
}
