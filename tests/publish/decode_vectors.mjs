// Decodes every vector with wire.mjs and prints what came of it as one JSON document, for the Python test to compare.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [decoder, ...files] = process.argv.slice(2);
const { decode } = await import(pathToFileURL(decoder));
const results = {};
for (const file of files) {
  for (const { name, hex } of JSON.parse(readFileSync(file, "utf8"))) {
    try {
      results[name] = { decoded: decode(Buffer.from(hex, "hex")) };
    } catch (error) {
      results[name] = { error: error.message, kind: error.name };
    }
  }
}
console.log(JSON.stringify(results));
