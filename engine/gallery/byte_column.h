// Bytes that never move: appended to chunks, freed together at the end.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "matchers/check.h"

namespace distinct::gallery {

// Thread-compatible; what was returned may be read while others append.
class ByteColumn {
 public:
  // Uninitialised space for `size` bytes, aligned to `alignment`, a power of two up to 4,096.
  std::byte* Append(size_t size, size_t alignment = 8) {
    size_t gap = (alignment - reinterpret_cast<uintptr_t>(next_) % alignment) % alignment;
    if (gap + size > left_) {
      AddChunk(size);
      gap = 0;
    }
    std::byte* space = next_ + gap;
    next_ += gap + size;
    left_ -= gap + size;
    bytes_ += gap + size;
    return space;
  }

  uint64_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(std::byte* chunk) const { std::free(chunk); }
  };
  static constexpr size_t kHugePageBytes = size_t{2} << 20;
  // What is not used of a chunk is not touched, and so not in memory.
  static constexpr size_t kChunkBytes = 16 * kHugePageBytes;

  // On huge pages where the kernel has them: a start touches every page for the first time, and a
  // vote reads references here and there.
  void AddChunk(size_t size) {
    left_ = (std::max(size, kChunkBytes) + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
    chunks_.emplace_back(static_cast<std::byte*>(std::aligned_alloc(kHugePageBytes, left_)));
    next_ = chunks_.back().get();
    CHECK(next_ != nullptr);
    madvise(next_, left_, MADV_HUGEPAGE);  // without them it is only slower
  }

  std::vector<std::unique_ptr<std::byte, Free>> chunks_;
  std::byte* next_ = nullptr;
  size_t left_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace distinct::gallery
