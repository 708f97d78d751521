// A whole deduplication engine in one process, on a real store: ledger, gallery, cascade, enroller.
// Its people have templates of the code modality, whose mated and non-mated scores never meet, so
// that who is who is known and every wrong decision is the engine's.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/enrolment/enroller.h"
#include "engine/gallery/gallery.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"
#include "matchers/check.h"
#include "tests/conformance/ledger_fixture.h"
#include "tests/engine/search/code_modality.h"

namespace distinct::testing {

class Town {
 public:
  explicit Town(const std::filesystem::path& directory, bool enrols = true)
      : ledger(OpenLedger(directory)) {
    auto created = gallery::Gallery::Create(modalities, {.shards = 2});
    CHECK(created.ok());
    gallery = *std::move(created);
    cascade = std::make_unique<search::Cascade>(modalities, *gallery, search::CascadeBudgets{});
    if (enrols) StartEnroller();
  }
  void StartEnroller() {
    enroller = std::make_unique<enrolment::Enroller>(*ledger, *gallery, *cascade);
  }

  ledger::Enrolment Submission(const std::string& id, const PersonTemplates& templates) const {
    ledger::Enrolment enrolment = NewEnrolment(*ledger, id);
    enrolment.templates = templates;
    return enrolment;
  }
  absl::StatusOr<enrolment::EnrolOutcome> Enrol(const std::string& id,
                                                const PersonTemplates& templates) {
    return enroller->Enrol(Submission(id, templates), "content of " + id,
                           absl::Now() + absl::Minutes(1));
  }
  ledger::State Decided(const std::string& id, const PersonTemplates& templates) {
    const auto outcome = Enrol(id, templates);
    if (!outcome.ok()) std::fprintf(stderr, "%s\n", outcome.status().ToString().c_str());
    CHECK(outcome.ok());
    return outcome->state;
  }

  const Modalities modalities = CodeModalities();
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<gallery::Gallery> gallery;
  std::unique_ptr<search::Cascade> cascade;
  std::unique_ptr<enrolment::Enroller> enroller;
};

}  // namespace distinct::testing
