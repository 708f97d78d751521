// A second version of the finger modality: the product's extractor, of whose minutiae the best are
// kept. Its templates begin with a byte of their own, so that neither version reads the other's.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "matchers/check.h"
#include "matchers/finger/finger.h"
#include "matchers/finger/template.h"
#include "matchers/modality.h"
#include "matchers/status.h"

namespace distinct::testing {

inline constexpr uint32_t kNextFingerVersion = finger::kTemplateVersion + 1;

class NextFinger final : public Modality {
 public:
  static constexpr size_t kMinutiaeKept = 24;
  using Refuses = std::function<bool(const Sample&)>;

  // `refuses`: samples in which this version finds nothing.
  explicit NextFinger(Refuses refuses = [](const Sample&) { return false; })
      : refuses_(std::move(refuses)) {}

  std::string_view name() const override { return base_->name(); }
  bool Serves(Position position) const override { return base_->Serves(position); }
  uint32_t template_version() const override { return kNextFingerVersion; }
  std::vector<std::string> models() const override { return base_->models(); }
  std::unique_ptr<Extractor> NewExtractor() const override {
    return std::make_unique<NextExtractor>(base_->NewExtractor(), refuses_);
  }
  absl::Status Validate(std::string_view bytes) const override {
    if (bytes.empty() || bytes.front() != kMark) {
      return absl::InvalidArgumentError("template: got another version; extract again");
    }
    return base_->Validate(bytes.substr(1));
  }
  std::unique_ptr<PreparedProbe> Prepare(std::string_view bytes) const override {
    return std::make_unique<NextProbe>(base_->Prepare(bytes.substr(1)));
  }
  bool Searchable(std::string_view bytes) const override {
    return base_->Searchable(bytes.substr(1));
  }
  int vector_dimensions() const override { return base_->vector_dimensions(); }
  std::vector<int8_t> Vector(std::string_view bytes) const override {
    return base_->Vector(bytes.substr(1));
  }
  std::string_view Scored(std::string_view bytes) const override {
    return bytes.substr(0, 1 + base_->Scored(bytes.substr(1)).size());
  }
  std::string_view Codes(std::string_view bytes) const override {
    return base_->Codes(bytes.substr(1));
  }
  Llr Calibrate(ComparisonScore score) const override { return base_->Calibrate(score); }
  Quality QualityOf(std::string_view bytes) const override { return base_->QualityOf(bytes); }
  bool OfOneImage(std::string_view bytes, std::string_view other) const override {
    return base_->OfOneImage(bytes, other);
  }

 private:
  static constexpr char kMark = 'n';

  class NextExtractor final : public Extractor {
   public:
    NextExtractor(std::unique_ptr<Extractor> base, Refuses refuses)
        : base_(std::move(base)), refuses_(std::move(refuses)) {}
    absl::StatusOr<Extraction> Extract(const Sample& sample, StageSink* sink) override {
      if (refuses_(sample)) return absl::FailedPreconditionError("no print; capture again");
      ASSIGN_OR_RETURN(Extraction extraction, base_->Extract(sample, sink));
      ASSIGN_OR_RETURN(finger::FingerTemplate kept,
                       finger::ParseTemplate(extraction.features.bytes));
      kept.minutiae.resize(std::min(kept.minutiae.size(), kMinutiaeKept));
      extraction.features.version = kNextFingerVersion;
      extraction.features.bytes = kMark + finger::Serialize(kept);
      return extraction;
    }

   private:
    const std::unique_ptr<Extractor> base_;
    const Refuses refuses_;
  };

  class NextProbe final : public PreparedProbe {
   public:
    explicit NextProbe(std::unique_ptr<PreparedProbe> base) : base_(std::move(base)) {}
    ComparisonScore Compare(std::string_view reference) const override {
      CHECK(reference.front() == kMark);
      return base_->Compare(reference.substr(1));
    }
    Explanation Explain(std::string_view reference) const override {
      CHECK(reference.front() == kMark);
      return base_->Explain(reference.substr(1));
    }

   private:
    const std::unique_ptr<PreparedProbe> base_;
  };

  const std::unique_ptr<Modality> base_ = finger::CreateFingerModality();
  const Refuses refuses_;
};

}  // namespace distinct::testing
