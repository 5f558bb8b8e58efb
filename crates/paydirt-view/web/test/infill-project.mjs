// Writes a small project of infilling, to be driven: `node test/infill-project.mjs FOLDER`. Zinc lies where lead does, gold
// anywhere, clay pits besides; the same records each time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
let number = 5;
const random = () => {
  number = (number * 1103515245 + 12345) % 2147483648;
  return number / 2147483648;
};
const place = () => [400000, 7000000].map((corner) => (corner + random() * 48000).toFixed(1)).join(',');
const sites = Array.from({ length: 170 }, (_, site) => ['Lead|Zinc', 'Gold', 'Clay'].map((list) => `site ${site} ${list},${place()},${list}`));
writeFileSync(join(folder, 'records.csv'), `name,easting,northing,commodities\n${sites.flat().join('\n')}\n`);
writeFileSync(join(folder, 'project.toml'), `name = "metals"
seed = 3
species = ["Lead", "Zinc", "Gold"]
tile_cells = 8

[records]
path = "records.csv"
crs = "EPSG:32635"

[grid]
crs = "EPSG:32635"
cell_m = 1000
region = [400000, 7000000, 448000, 7048000]

[split]
block_m = 16000
test_blocks = [[0, 1], [2, 2]]

[judge]
dependency = true

[local_trees]
min_leaf = 3

[map]
draws = 2
step_cells = 4

[flag]
away_m = 1000
threshold = 0.3
`);
