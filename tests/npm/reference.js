// node reference.js JOBS: runs networks by ONNX Runtime. JOBS is a JSON file,
//   [{"model": FILE, "type": "float32", "dims": [...], "inputs": [FILE, ...]}, ...]
// with the first input's elements as raw bytes. Every output of INPUT is written to INPUT.NUMBER,
// and said on a line of JSON per input: [{"name": ..., "type": ..., "dims": [...]}, ...].
'use strict';
const fs = require('fs');
const ort = require('onnxruntime-node');

const arrays = {float32: Float32Array, uint8: Uint8Array, int8: Int8Array};

async function run(job) {
  const session = await ort.InferenceSession.create(job.model, {intraOpNumThreads: 1, logSeverityLevel: 3});
  for (const input of job.inputs) {
    const bytes = new Uint8Array(fs.readFileSync(input));
    const tensor = new ort.Tensor(job.type, new arrays[job.type](bytes.buffer), job.dims);
    const results = await session.run({[session.inputNames[0]]: tensor});
    const outputs = session.outputNames.map((name, number) => {
      const {type, dims, data} = results[name];
      fs.writeFileSync(`${input}.${number}`, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      return {name, type, dims};
    });
    console.log(JSON.stringify(outputs));
  }
}

(async () => {
  for (const job of JSON.parse(fs.readFileSync(process.argv[2]))) await run(job);
})().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
