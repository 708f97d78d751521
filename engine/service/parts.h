// What the services are made of. Built and owned by Server, in the order of server.cc.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "engine/crosscheck/crosscheck.h"
#include "engine/enrolment/admission.h"
#include "engine/enrolment/checks.h"
#include "engine/enrolment/enroller.h"
#include "engine/gallery/gallery.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"
#include "engine/service/call.h"
#include "engine/service/extraction_pool.h"
#include "engine/service/server_stream.h"
#include "engine/service/template_versions.h"
#include "engine/service/worker_pool.h"
#include "matchers/modalities.h"

namespace distinct::service {

// All thread-safe; all outlive the services.
struct Parts {
  ledger::Ledger& ledger;
  gallery::Gallery& gallery;
  const search::Cascade& cascade;
  enrolment::Enroller& enroller;
  enrolment::Admission& admission;
  const Modalities& modalities;
  enrolment::SubmissionRules rules;  // for what is enrolled from now on
  ExtractionPool& extraction;
  TemplateVersions& versions;
  WorkerPool& workers;        // online calls that extract, search or decide
  WorkerPool& batch_workers;  // those of a batch
  WorkerPool& reads;          // short ones, so that status answers while every worker is busy
  StreamHub& streams;
  CallCounts& call_counts;
  bool keep_samples = false;  // of enrolments, see ledger/record.h
};

// UNAVAILABLE: with the progress, until the gallery holds all that the ledger held at start, since
// a search before that would be partial; with the reason, while enrolments cannot be decided.
absl::Status CheckReady(const enrolment::Enroller& enroller);

// Of a call whose templates are to be made: searches wait a little for its own, unless it is of a
// batch, which may pause.
std::optional<gallery::Announcement> AnnounceSearch(const gallery::Gallery& gallery,
                                                    const Call& call);

}  // namespace distinct::service
