// What one fuzzed parser provides: valid inputs to start from, and the test of one input.
//
// A harness aborts (CHECK) when a law is broken; refusing bytes is no failure. libFuzzer and
// replay.cc call the same two functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace distinct::fuzz {

// Small inputs that the parser accepts, made by our own writers.
std::vector<std::string> Seeds();

}  // namespace distinct::fuzz

// The name that libFuzzer calls. Always returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
