// Endless training data from generated prints, as our own extractor reads them: a stream on
// standard output, so that nothing large lies on disk. The same arguments give the same bytes on
// any number of threads. All numbers little-endian.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "matchers/finger/extraction.h"
#include "matchers/image/image.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"

namespace distinct::training {

struct Options {
  uint64_t seed = 1;
  uint64_t first = 0;    // finger to begin with: training resumes where it stood
  uint64_t fingers = 0;  // 0: without end
  uint32_t impressions = 4;
};

// Calls `make` for every finger on all threads and writes what it returns in the fingers' order.
// Returns false once standard output is closed or full.
bool Stream(const Options& options,
            const std::function<std::string(uint64_t finger, const synthesis::Master&)>& make);

// Each thread has its own.
finger::FingerExtractor& ExtractorOfThread();
image::GreyImage GreyOf(const synthesis::Impression& impression);

// Severity of impression `i`: attended captures and the worst that FVC asked for, in turn.
float SeverityOf(uint32_t impression);

template <typename T>
void Put(std::string& out, const T* values, size_t count) {
  out.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

// Codes of every impression that the extractor accepts: uint32 finger, uint32 count, count * 16
// bytes. What the fixed-length vector is fitted to (fit_vector.py).
std::string CodesOfFinger(const Options& options, uint64_t finger, const synthesis::Master& master);

// For the minutia network, an impression each: int8 context (48 x the normalised grey) [H][W],
// int8 ridge (above zero a ridge) [H][W], uint8 mask [H][W] at 250 dpi, H = 192, W = 168; uint32
// count, count * float32 {x_px, y_px, direction_rad, type} at 500 dpi.
std::string PicturesOfFinger(const Options& options, const synthesis::Master& master);

// For the descriptor network: uint32 count, count * {uint32 point, uint32 impression, int8 patch
// [72][72]}; patches of one point show one place of the finger, as found in different impressions.
std::string PatchesOfFinger(const Options& options, const synthesis::Master& master);

// For the flags of finger/quality.h: captures with one known fault each, in turn, and what the
// extractor made of them. Text, a line an impression, tabs between: fault, its share of the worst;
// the truth: ink of ridges and of furrows, contact in px, minutiae, share of them found; as
// measured: area, contrast, skewness, certainty, sure minutiae, quality; flags with commas, or
// REFUSED.
std::string FlagsOfFinger(const Options& options, uint64_t finger, const synthesis::Master& master);

}  // namespace distinct::training
