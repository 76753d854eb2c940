// node words.js JOBS: what sums become on their way to the next layer, written from the formula's
// description alone (sim/quantise/requantise.h) and in integers of any size:
//   v    = floor((sum + bias) / 2^pre), limited to width + 8 signed bits
//   word = floor((v * scale + 2^(post-1)) / 2^post), limited to low ... high
// and, where there is a table, its entry word + 2^(width-1). JOBS is a JSON file,
//   [{"sums": FILE of int64, "width", "plane", "low", "high", "channels": [[bias, scale, pre, post]],
//     "table": [...], "words": FILE to write, of int16}, ...]
'use strict';
const fs = require('fs');

// The largest integer that is not above value / 2^bits.
function floored(value, bits) {
  const divisor = 2n ** BigInt(bits);
  const quotient = value / divisor;  // towards zero
  return value % divisor < 0n ? quotient - 1n : quotient;
}
function limited(value, low, high) {
  return value < low ? low : value > high ? high : value;
}

for (const job of JSON.parse(fs.readFileSync(process.argv[2]))) {
  const bytes = fs.readFileSync(job.sums);
  const words = Buffer.alloc(bytes.length / 4);
  const most = 2n ** BigInt(job.width + 7);
  for (let i = 0; i < bytes.length / 8; ++i) {
    const channel = Math.floor(i / job.plane);
    const [bias, scale, pre, post] = job.channels[job.channels.length === 1 ? 0 : channel];
    const v = limited(floored(bytes.readBigInt64LE(8 * i) + BigInt(bias), pre), -most, most - 1n);
    const half = post === 0 ? 0n : 2n ** BigInt(post - 1);
    let word = Number(limited(floored(v * BigInt(scale) + half, post), BigInt(job.low), BigInt(job.high)));
    if (job.table.length > 0) {
      const all = 2 ** job.width;
      word = job.table[(job.table.length === all ? 0 : channel * all) + word + all / 2];
    }
    words.writeInt16LE(word, 2 * i);
  }
  fs.writeFileSync(job.words, words);
}
