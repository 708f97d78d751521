// Runs a harness without libFuzzer, so that every compiler and every test run has it.
//
//   NAME_replay [CORPUS_DIR]       seeds, seeds cut short and damaged, each file of CORPUS_DIR
//   NAME_replay --seeds-to DIR     writes the seeds: what libFuzzer starts from
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "tests/fuzz/harness.h"

namespace {

constexpr size_t kCutsMax = 512;      // evenly spaced over a seed: beginnings of every part
constexpr int kDamagedPerSeed = 500;  // one to eight bytes each; a second or so in all

void Run(std::string_view bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

void RunSeed(const std::string& seed, std::mt19937& random) {
  Run(seed);
  const size_t step = std::max<size_t>(1, seed.size() / kCutsMax);
  for (size_t length = 0; length < seed.size(); length += step) Run(seed.substr(0, length));
  for (int round = 0; round < kDamagedPerSeed && !seed.empty(); ++round) {
    std::string damaged = seed;
    const int changes = 1 + static_cast<int>(random() % 8);
    for (int i = 0; i < changes; ++i) {
      // Headers decide more than contents: half of the damage goes into the first 64 bytes.
      const size_t span = random() % 2 == 0 ? damaged.size() : std::min<size_t>(64, damaged.size());
      damaged[random() % span] = static_cast<char>(random());
    }
    Run(damaged);
  }
}

int WriteSeeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : distinct::fuzz::Seeds()) {
    std::ofstream(folder / ("seed_" + std::to_string(number++)), std::ios::binary) << seed;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--seeds-to") return WriteSeeds(argv[2]);
  std::mt19937 random(1);  // the same damage in every run
  size_t seeds = 0;
  size_t files = 0;
  for (const std::string& seed : distinct::fuzz::Seeds()) {
    RunSeed(seed, random);
    ++seeds;
  }
  if (argc == 2 && std::filesystem::is_directory(argv[1])) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
      std::ifstream in(entry.path(), std::ios::binary);
      Run(std::string(std::istreambuf_iterator<char>(in), {}));
      ++files;
    }
  }
  std::printf("%zu seeds with damage, %zu files of the corpus\n", seeds, files);
  return seeds == 0 ? 1 : 0;
}
