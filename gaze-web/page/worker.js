// The thread on which the model runs, so that the page stays alive. It loads gaze.wasm, which imports nothing, and answers one
// question after the other.

let compiled;
let exports;

async function compile() {
  const response = await fetch("gaze.wasm");
  if (!response.ok) throw new Error(`gaze.wasm could not be loaded (${response.status})`);
  return WebAssembly.compile(await response.arrayBuffer());
}

async function load() {
  compiled ??= compile();
  exports ??= (await WebAssembly.instantiate(await compiled, {})).exports;
  return exports;
}

/** Writes a question into the module's memory and takes the answer out of it: a line of JSON and bytes. */
function answer(question, file) {
  const line = new TextEncoder().encode(`${JSON.stringify(question)}\n`);
  const place = exports.gaze_question(line.length + file.length);
  const room = new Uint8Array(exports.memory.buffer, place, line.length + file.length);
  room.set(line);
  room.set(file, line.length);
  const length = exports.gaze_answer();
  const found = new Uint8Array(exports.memory.buffer, exports.gaze_answer_place(), length);
  const end = found.indexOf(10);
  return { reply: JSON.parse(new TextDecoder().decode(found.subarray(0, end))), bytes: found.slice(end + 1) };
}

let last = Promise.resolve();

onmessage = ({ data: { id, question, file } }) => {
  last = last.then(async () => {
    try {
      await load();
      const start = performance.now();
      const { reply, bytes } = answer(question, new Uint8Array(file ?? 0));
      postMessage({ id, reply, bytes, ms: performance.now() - start }, [bytes.buffer]);
    } catch (error) {
      // The module stops where its memory ends; a new one begins without pictures.
      const stopped = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
      exports = undefined;
      const text = stopped ? "there was not enough memory, or the program stopped; all pictures were closed" : error.message;
      postMessage({ id, reply: { error: text, stopped }, bytes: new Uint8Array(), ms: 0 });
    }
  });
};
