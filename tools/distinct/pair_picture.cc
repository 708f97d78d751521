#include "tools/distinct/pair_picture.h"

#include <memory>
#include <utility>

#include "matchers/finger/drawing.h"
#include "matchers/status.h"

namespace distinct::cli {

absl::StatusOr<ComparedPair> CompareSamples(const LocalModalities& local, const Sample& probe,
                                            const Sample& reference) {
  ASSIGN_OR_RETURN(const Modality* const modality, ModalityFor(local, probe.position));
  const std::unique_ptr<Extractor> extractor = modality->NewExtractor();
  ComparedPair compared;
  ASSIGN_OR_RETURN(compared.probe, extractor->Extract(probe, nullptr));
  ASSIGN_OR_RETURN(compared.reference, extractor->Extract(reference, nullptr));
  compared.explanation =
      modality->Prepare(compared.probe.features.bytes)->Explain(compared.reference.features.bytes);
  return compared;
}

absl::StatusOr<std::vector<std::string>> DrawPair(const LocalModalities& local, const Sample& probe,
                                                  const Sample& reference,
                                                  const ComparedPair& compared) {
  std::vector<std::string> pngs;
  if (IsFinger(probe.position)) {
    ASSIGN_OR_RETURN(std::string both, finger::DrawPairs(probe, reference, compared.explanation));
    pngs.push_back(std::move(both));
    return pngs;
  }
  for (const auto& [sample, extraction] :
       {std::pair(&probe, &compared.probe), std::pair(&reference, &compared.reference)}) {
    ASSIGN_OR_RETURN(std::string seen, DrawSample(local, *sample, extraction->features.bytes));
    pngs.push_back(std::move(seen));
  }
  return pngs;
}

}  // namespace distinct::cli
