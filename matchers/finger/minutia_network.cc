#include "matchers/finger/minutia_network.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "matchers/check.h"
#include "matchers/finger/context.h"
#include "matchers/finger/quantised_network.h"
#include "matchers/finger/weights.h"

namespace distinct::finger {
namespace {

// In the order of the file: names as in tools/training/minutia_network.py.
enum Layer : size_t { kC1, kC2, kC3, kC4, kC5, kC6, kC7, kC8, kP, kU, kH1, kH2, kLayers };
constexpr std::array<int, kLayers> kReaders = {kC2, kC3, kC4, kC5, kU,  kC7,
                                               kC8, kP,  kU,  kH1, kH2, QuantisedNetwork::kCaller};

// Channels of the head.
enum Channel : size_t { kPresence, kX, kY, kCosine, kSine, kBifurcation, kFinger };

constexpr int kCellContextPx = kCellPx / 2;
constexpr int kWholePx =
    8;  // the context is padded to a multiple: the coarsest level halves thrice
constexpr float kApartPx = 6;  // less than a ridge period: one minutia seen from two cells

float Sigmoid(float logit) { return 1 / (1 + std::exp(-logit)); }

// The pictures between the layers, for one size of context.
struct Pictures {
  Pictures(int width_px, int height_px)
      : context(width_px, height_px, 1, 2, kSignedZero),
        c1(width_px, height_px, 16, 1, 0),
        c2(width_px / 2, height_px / 2, 32, 1, 0),
        c3(width_px / 2, height_px / 2, 32, 1, 0),
        c4(width_px / 4, height_px / 4, 48, 1, 0),
        joined(width_px / 4, height_px / 4, 48 + 32, 1, 0),
        c6(width_px / 8, height_px / 8, 64, 1, 0),
        c7(width_px / 8, height_px / 8, 64, 1, 0),
        c8(width_px / 8, height_px / 8, 64, 0, 0),
        p(width_px / 8, height_px / 8, 32, 0, 0),
        u(width_px / 4, height_px / 4, 48, 1, 0),
        h1(width_px / 4, height_px / 4, 48, 0, 0) {}

  QuantisedPicture context, c1, c2, c3, c4;
  QuantisedPicture joined;  // c5, then p at twice its size
  QuantisedPicture c6, c7, c8, p, u, h1;
};

void Twice(const PictureView& in, const PictureView& out) {
  for (int y = 0; y < out.height_px; ++y) {
    const uint8_t* from = in.origin + y / 2 * in.row_bytes;
    uint8_t* to = out.origin + y * out.row_bytes;
    for (int x = 0; x < out.width_px; ++x, to += out.pixel_bytes) {
      std::copy_n(from + x / 2 * in.pixel_bytes, in.channels, to);
    }
  }
}

float Square(float v) { return v * v; }

}  // namespace

struct MinutiaNetwork::Impl {
  Impl() : network(MinutiaWeights(), kReaders) { CHECK(network.size() == kLayers); }

  // [cell row][cell column][channel] of the head.
  const std::vector<float>& Run(const cv::Mat_<int8_t>& context) {
    const int width_px = (context.cols + kWholePx - 1) / kWholePx * kWholePx;
    const int height_px = (context.rows + kWholePx - 1) / kWholePx * kWholePx;
    if (pictures == nullptr || size != cv::Size(width_px, height_px)) {
      size = {width_px, height_px};
      pictures = std::make_unique<Pictures>(width_px, height_px);
    }
    Pictures& at = *pictures;
    const PictureView first = at.context.view();
    for (int y = 0; y < height_px; ++y) {
      uint8_t* row = first.origin + y * first.row_bytes;
      std::fill_n(row, width_px, kSignedZero);
      if (y < context.rows) ToActivations(context.ptr<int8_t>(y), context.cols, row);
    }
    const PictureView own = at.joined.Channels(0, 48);
    const PictureView wide = at.joined.Channels(48, 32);
    network.Convolve(kC1, first, at.c1.view());
    network.Convolve(kC2, at.c1.view(), at.c2.view());
    network.Convolve(kC3, at.c2.view(), at.c3.view());
    network.Convolve(kC4, at.c3.view(), at.c4.view());
    network.Convolve(kC5, at.c4.view(), own);
    network.Convolve(kC6, own, at.c6.view());
    network.Convolve(kC7, at.c6.view(), at.c7.view());
    network.Convolve(kC8, at.c7.view(), at.c8.view());
    network.Convolve(kP, at.c8.view(), at.p.view());
    Twice(at.p.view(), wide);
    network.Convolve(kU, at.joined.view(), at.u.view());
    network.Convolve(kH1, at.u.view(), at.h1.view());
    channels = static_cast<size_t>(network.shape(kH2).outputs);
    head.resize(static_cast<size_t>(width_px / 4) * static_cast<size_t>(height_px / 4) * channels);
    network.ConvolveToFloats(kH2, at.h1.view(), absl::MakeSpan(head));
    return head;
  }

  QuantisedNetwork network;
  cv::Size size;
  std::unique_ptr<Pictures> pictures;
  size_t channels = 0;
  std::vector<float> head;
};

MinutiaNetwork::MinutiaNetwork() : impl_(std::make_unique<Impl>()) {}
MinutiaNetwork::~MinutiaNetwork() = default;
MinutiaNetwork::MinutiaNetwork(MinutiaNetwork&&) noexcept = default;
MinutiaNetwork& MinutiaNetwork::operator=(MinutiaNetwork&&) noexcept = default;

FoundMinutiae MinutiaNetwork::Find(const cv::Mat_<int8_t>& context, float least_presence) {
  const std::vector<float>& head = impl_->Run(context);
  const cv::Size cells(impl_->size.width / kCellContextPx, impl_->size.height / kCellContextPx);
  const auto right = static_cast<float>(2 * context.cols - 1);
  const auto bottom = static_cast<float>(2 * context.rows - 1);
  FoundMinutiae out;
  out.presence = cv::Mat1f(cells);
  out.finger = cv::Mat1f(cells);
  std::vector<Minutia> found;
  std::vector<std::pair<float, size_t>> order;  // strongest first, then first in rows
  const float* cell = head.data();
  for (int y = 0; y < cells.height; ++y) {
    for (int x = 0; x < cells.width; ++x, cell += impl_->channels) {
      const float presence = Sigmoid(cell[kPresence]);
      out.presence(y, x) = presence;
      out.finger(y, x) = Sigmoid(cell[kFinger]);
      if (presence < least_presence) continue;
      Minutia m;
      m.x_px = (static_cast<float>(x) + 0.5F + cell[kX]) * kCellPx - 0.5F;
      m.y_px = (static_cast<float>(y) + 0.5F + cell[kY]) * kCellPx - 0.5F;
      if (m.x_px < 0 || m.y_px < 0 || m.x_px > right || m.y_px > bottom) continue;
      m.direction_rad = std::atan2(cell[kSine], cell[kCosine]);
      if (m.direction_rad < 0) m.direction_rad += 2 * std::numbers::pi_v<float>;
      m.quality = static_cast<uint8_t>(std::lround(100 * presence));
      m.type = cell[kBifurcation] > 0 ? MinutiaType::kBifurcation : MinutiaType::kEnding;
      order.emplace_back(-presence, found.size());
      found.push_back(m);
    }
  }
  std::sort(order.begin(), order.end());
  for (const auto& [negative, at] : order) {
    const Minutia& m = found[at];
    const bool known = std::any_of(out.minutiae.begin(), out.minutiae.end(), [&](const Minutia& o) {
      return Square(o.x_px - m.x_px) + Square(o.y_px - m.y_px) < kApartPx * kApartPx;
    });
    if (!known) out.minutiae.push_back(m);
  }
  return out;
}

std::string MinutiaNetworkName() { return "finger minutiae net1 int8"; }

}  // namespace distinct::finger
