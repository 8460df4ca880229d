// stats: statistics of a stream of samples, in constant memory.
//
//   add(value: f64)           takes one sample, from -1e100 to 1e100; others, and NaN, fail
//   feed                      input: samples as little-endian f64s, one after the other
//   count() -> i64            how many samples
//   mean() -> f64             NaN without samples, as with the next three
//   deviation() -> f64        the standard deviation (of the population)
//   min() -> f64, max() -> f64
//   quantile(q: f64) -> f64   e.g. 0.99; within 1 % of the true sample, if its magnitude is from
//                             1e-9 to 1e13 (smaller counts as 0); fails without samples
//   summary                   output: {"count":3,"mean":2.0,"deviation":0.81,"min":1.0,"max":3.0,
//                             "p50":2.0,"p90":3.0,"p99":3.0}, or {"count":0}
//   reset()
//
// Mean and deviation by Welford's method, which loses no digits when the mean is large. Quantiles
// by counting samples in buckets whose bounds grow by 2 %: the counts are all that is kept.

import { fail, inputLength, Output, readInput } from "./mooring";

const GROWTH: f64 = 1.02;
const SMALLEST: f64 = 1e-9;
const LARGEST: f64 = 1e100; // its square is finite, and so are all sums of squares
const BUCKETS = 2560; // 1e-9 * 1.02^2560 is above 1e13

const positive = new StaticArray<u32>(BUCKETS);
const negative = new StaticArray<u32>(BUCKETS);
const inverseLogGrowth = 1.0 / Math.log(GROWTH);

let zeros: u32 = 0;
let samples: i64 = 0;
let average: f64 = 0;
let squares: f64 = 0; // the sum of squared distances from the mean
let least: f64 = NaN;
let most: f64 = NaN;

/** The bucket of a magnitude of at least SMALLEST: bucket i reaches up to SMALLEST * GROWTH^i. */
function bucketOf(magnitude: f64): i32 {
  const bucket = <i32>Math.ceil(Math.log(magnitude / SMALLEST) * inverseLogGrowth);
  return max<i32>(0, min<i32>(bucket, BUCKETS - 1));
}

/** The number with the same relative distance from both ends of the bucket. */
function middleOf(bucket: i32): f64 {
  return (SMALLEST * Math.pow(GROWTH, <f64>bucket) * 2) / (GROWTH + 1);
}

function take(value: f64): void {
  if (!(abs(value) <= LARGEST)) fail("a sample must be a number from -1e100 to 1e100");
  samples++;
  const distance = value - average;
  average += distance / <f64>samples;
  squares += distance * (value - average);
  least = samples == 1 ? value : min(least, value);
  most = samples == 1 ? value : max(most, value);

  const magnitude = abs(value);
  if (magnitude < SMALLEST) zeros++;
  else if (value > 0) positive[bucketOf(magnitude)]++;
  else negative[bucketOf(magnitude)]++;
}

/** The sample of this rank, from 0 for the least, as exactly as its bucket tells. */
function ranked(rank: i64): f64 {
  let below: i64 = 0;
  for (let i = BUCKETS - 1; i >= 0; i--) {
    below += negative[i];
    if (below > rank) return -middleOf(i);
  }
  below += zeros;
  if (below > rank) return 0;
  for (let i = 0; i < BUCKETS; i++) {
    below += positive[i];
    if (below > rank) return middleOf(i);
  }
  return most;
}

function quantileOf(q: f64): f64 {
  const rank = <i64>(q * <f64>(samples - 1));
  if (rank == samples - 1) return most;
  if (rank == 0) return least;
  return max(least, min(most, ranked(rank)));
}

export function add(value: f64): void {
  take(value);
}

const piece = new StaticArray<f64>(128);

export function feed(): void {
  const length = inputLength();
  if (length % 8 != 0) fail("feed: samples have 8 bytes each");
  const size: u32 = 128 * 8;
  for (let at: u32 = 0; at < length; at += size) {
    const got = readInput(changetype<usize>(piece), at, size);
    for (let i: u32 = 0; i < got / 8; i++) take(piece[i]);
  }
}

export function count(): i64 {
  return samples;
}

export function mean(): f64 {
  return samples == 0 ? NaN : average;
}

export function deviation(): f64 {
  return samples == 0 ? NaN : Math.sqrt(squares / <f64>samples);
}

function smallest(): f64 {
  return least;
}

function largest(): f64 {
  return most;
}

export { smallest as min, largest as max };

export function quantile(q: f64): f64 {
  if (!(q >= 0 && q <= 1)) fail("quantile: a number from 0 to 1 is needed");
  if (samples == 0) fail("quantile: no samples yet");
  return quantileOf(q);
}

export function summary(): void {
  Output.ascii('{"count":');
  Output.whole(samples);
  if (samples > 0) {
    writeField('"mean":', average);
    writeField('"deviation":', deviation());
    writeField('"min":', least);
    writeField('"max":', most);
    writeField('"p50":', quantileOf(0.5));
    writeField('"p90":', quantileOf(0.9));
    writeField('"p99":', quantileOf(0.99));
  }
  Output.ascii("}");
  Output.flush();
}

function writeField(name: string, value: f64): void {
  Output.ascii(",");
  Output.ascii(name);
  Output.number64(value);
}

export function reset(): void {
  for (let i = 0; i < BUCKETS; i++) {
    positive[i] = 0;
    negative[i] = 0;
  }
  zeros = 0;
  samples = 0;
  average = 0;
  squares = 0;
  least = NaN;
  most = NaN;
}
