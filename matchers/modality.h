// What the engine asks of a modality (finger, face): templates out of samples, scores out of
// templates, and the two short forms that make a search quick: a fixed-length vector and codes.
//
//   Sample --Extractor--> Template --Prepare--> PreparedProbe --Compare(reference)--> score --> Llr
//                             `--> Vector (first stage)  `--> Codes (voting stage)
//
// Pure: no files, threads, clocks or logs; the same input gives the same output. The list of
// modalities is modalities.h. A Modality is immutable and thread-safe; an Extractor is not.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "matchers/stage_sink.h"
#include "matchers/types.h"

namespace distinct {

// One captured image. A view: the bytes must outlive the call.
struct Sample {
  Position position = Position::kUnknownFinger;
  // Encoded: PNG, JPEG, JPEG 2000, TIFF, BMP or PGM. Of a finger also a minutiae record, which
  // holds no image (matchers/formats).
  std::string_view image;
  double dpi = 0;  // true resolution; 0: from the file, else 500. Ignored for faces.
};

// Features made from one sample; to the engine, bytes and a version. The bytes' grammar is in the
// modality's FORMAT.md. Templates of different versions are never compared.
struct Template {
  Position position = Position::kUnknownFinger;
  uint32_t version = 0;
  Quality quality;
  std::string bytes;
};

struct Extraction {
  Template features;
  std::vector<std::string>
      flags;  // what an operator can act on: "SMALL_AREA", "DRY", "LOW_CONTRAST"
};

// 128 sign bits that describe one place of a sample; alike places differ in few bits.
struct Code {
  uint64_t low = 0;
  uint64_t high = 0;
};

// A feature of the probe paired with one of the reference, in pixels at 500 dpi (finger) from the
// top left of the sample.
struct PairedFeature {
  float probe_x_px = 0, probe_y_px = 0;
  float reference_x_px = 0, reference_y_px = 0;
  float share = 0;  // of the comparison score, in [0, 1]
};

struct Explanation {
  ComparisonScore score;             // exactly what Compare() returns for the same two templates
  std::vector<PairedFeature> pairs;  // by falling share; empty for faces and if nothing agreed
};

// A template made ready to meet many references: do it once a search. Immutable, thread-safe.
class PreparedProbe {
 public:
  virtual ~PreparedProbe() = default;
  // REQUIRES: `reference` passed Modality::Validate(). Never allocates, since TBB tasks call it.
  virtual ComparisonScore Compare(std::string_view reference) const = 0;
  // The same comparison with its reasons, for reports and adjudicators. Allocates.
  virtual Explanation Explain(std::string_view reference) const = 0;
};

// Makes templates. Owns scratch memory and network state: thread-compatible, one a thread.
class Extractor {
 public:
  virtual ~Extractor() = default;
  // INVALID_ARGUMENT: not an image we read, or beyond a limit (message: got, want, next step).
  // FAILED_PRECONDITION: an image in which no usable finger or face was found (capture again).
  virtual absl::StatusOr<Extraction> Extract(const Sample& sample, StageSink* sink) = 0;
};

class Modality {
 public:
  virtual ~Modality() = default;
  virtual std::string_view name() const = 0;  // "finger", "face"
  virtual bool Serves(Position position) const = 0;
  virtual uint32_t template_version() const = 0;
  // What is loaded, for status: "finger descriptor 2, int8".
  virtual std::vector<std::string> models() const = 0;

  virtual std::unique_ptr<Extractor> NewExtractor() const = 0;
  // Checks foreign bytes. INVALID_ARGUMENT, with what to do next, if they are no template of ours
  // or of another version.
  virtual absl::Status Validate(std::string_view bytes) const = 0;
  // REQUIRES for all below: `bytes` passed Validate().
  virtual std::unique_ptr<PreparedProbe> Prepare(std::string_view bytes) const = 0;
  // Whether Vector() and Codes() can find it among others. Not a template made without its picture:
  // that can be compared one to one only.
  virtual bool Searchable(std::string_view bytes) const = 0;
  // Dimension of Vector(); the same for every template of the modality, a multiple of 4.
  virtual int vector_dimensions() const = 0;
  // Unit-length vector quantised to int8 (one fixed scale): near vectors, near samples.
  // REQUIRES: Searchable(bytes).
  virtual std::vector<int8_t> Vector(std::string_view bytes) const = 0;
  // The same template with its vector kept in it, so that Vector() need not make it again: for
  // those who store it. What `bytes` kept before, perhaps a caller's word, is made anew. A modality
  // whose vectors cost nothing keeps none.
  virtual std::string KeepVector(std::string_view bytes) const { return std::string(bytes); }
  // What Prepare(), Compare() and Codes() read of `bytes`: for those who hold them in memory.
  virtual std::string_view Scored(std::string_view bytes) const { return bytes; }
  // Codes for voting, best first. A view into `bytes`, packed as low, high little-endian, 16 bytes
  // each, at any alignment; empty if the modality has none (faces). REQUIRES: Searchable(bytes).
  virtual std::string_view Codes(std::string_view bytes) const = 0;
  virtual Llr Calibrate(ComparisonScore score) const = 0;
  // The sample's quality, as the extractor wrote it into the bytes.
  virtual Quality QualityOf(std::string_view bytes) const = 0;
  // Whether both were made of one image, also if it was encoded anew or cropped in between: two
  // captures of one finger or face differ by more. A modality that cannot tell says whether the two
  // are equal in all that a score depends on.
  virtual bool OfOneImage(std::string_view bytes, std::string_view other) const {
    return Scored(bytes) == Scored(other);
  }
};

}  // namespace distinct
