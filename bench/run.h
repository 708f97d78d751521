// What every benchmark says beside its time: the CPU and its level, what the machine could do at
// best, and which share of that was reached.
//
// A benchmark's first line is the question it answers. Quote medians of ratios taken in one run
// (--benchmark_enable_random_interleaving=true); absolute times move with what else runs.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

namespace distinct::bench {

// What one item of a benchmark reads from memory and computes, as the algorithm asks for it.
struct Cost {
  double bytes = 0;
  double operations = 0;  // the benchmark's first lines say of what
};

// Items a second, cost per item and the share of the measured read bandwidth of one core. Call it
// once, after the loop.
void Report(benchmark::State& state, int64_t items, Cost cost);

// Sequential reads of one core from main memory, measured once a process.
double ReadBytesPerSecond();
// Cycles a second of one core, measured once a process by a chain of dependent additions.
double CyclesPerSecond();

// True with --small: galleries shrink, so that tools/test runs everything quickly. Its times say
// nothing.
bool Small();

// Runs the registered benchmarks with the context above. The main() of every benchmark.
int Main(int argc, char** argv);

}  // namespace distinct::bench
