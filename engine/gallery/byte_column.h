// Bytes that never move: appended to chunks, freed together at the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace distinct::gallery {

// Thread-compatible; what was returned may be read while others append.
class ByteColumn {
 public:
  // Uninitialised space for `size` bytes, aligned to 8.
  std::byte* Append(size_t size) {
    size = (size + 7) / 8 * 8;
    if (size > left_) {
      left_ = std::max(size, kChunkBytes);
      chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(left_));
      next_ = chunks_.back().get();
      bytes_ += left_;
    }
    std::byte* space = next_;
    next_ += size;
    left_ -= size;
    return space;
  }

  uint64_t bytes() const { return bytes_; }  // with what is not yet used of the last chunk

 private:
  // About a hundred persons: little is wasted at a chunk's end, and small galleries stay small.
  static constexpr size_t kChunkBytes = size_t{1} << 20;

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* next_ = nullptr;
  size_t left_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace distinct::gallery
