// How a stage shows its picture: `distinct extract` draws from it, the service passes null.
#pragma once

#include <cstdint>
#include <string_view>

namespace distinct {

// A borrowed 8-bit grey picture, row by row, `stride_bytes` from row to row. Valid during the call.
struct GreyView {
  const uint8_t* pixels = nullptr;
  int width_px = 0;
  int height_px = 0;
  int stride_bytes = 0;
};

class StageSink {
 public:
  virtual ~StageSink() = default;
  virtual void OnStage(std::string_view stage, GreyView picture) = 0;
};

}  // namespace distinct
