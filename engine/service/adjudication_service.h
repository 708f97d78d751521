// AdjudicationService of adjudication.proto: what examiners settle.
#pragma once

#include <vector>

#include "distinct/v1/adjudication.grpc.pb.h"
#include "engine/service/call.h"
#include "engine/service/parts.h"

namespace distinct::service {

// Thread-safe.
class AdjudicationService final : public v1::AdjudicationService::CallbackService {
 public:
  explicit AdjudicationService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* ListCases(grpc::CallbackServerContext* context,
                                      const v1::ListCasesRequest* request,
                                      v1::ListCasesResponse* response) override;
  grpc::ServerUnaryReactor* GetCase(grpc::CallbackServerContext* context,
                                    const v1::GetCaseRequest* request,
                                    v1::GetCaseResponse* response) override;
  grpc::ServerUnaryReactor* ClaimCase(grpc::CallbackServerContext* context,
                                      const v1::ClaimCaseRequest* request,
                                      v1::ClaimCaseResponse* response) override;
  grpc::ServerUnaryReactor* Adjudicate(grpc::CallbackServerContext* context,
                                       const v1::AdjudicateRequest* request,
                                       v1::AdjudicateResponse* response) override;
  grpc::ServerUnaryReactor* Merge(grpc::CallbackServerContext* context,
                                  const v1::MergeRequest* request,
                                  v1::MergeResponse* response) override;

 private:
  absl::Status DoListCases(const v1::ListCasesRequest& request,
                           v1::ListCasesResponse& response) const;
  absl::Status DoGetCase(const Call& call, const v1::GetCaseRequest& request,
                         v1::GetCaseResponse& response) const;
  absl::Status DoClaimCase(const Call& call, const v1::ClaimCaseRequest& request,
                           v1::ClaimCaseResponse& response) const;
  absl::Status DoAdjudicate(const Call& call, const v1::AdjudicateRequest& request,
                            v1::AdjudicateResponse& response) const;
  absl::Status DoMerge(const Call& call, const v1::MergeRequest& request,
                       v1::MergeResponse& response) const;

  // NOT_FOUND: no such enrolment, or one without a case.
  absl::StatusOr<ledger::Case> FindCase(const std::string& enrolment_id) const;
  // FAILED_PRECONDITION: no DUPLICATE of whom the request says, or erased.
  absl::StatusOr<ledger::State> TakeBack(const v1::AdjudicateRequest& request,
                                         const ledger::State& state,
                                         const std::vector<ledger::PairVerdict>& verdicts,
                                         ledger::AuditRecord audit) const;
  // FAILED_PRECONDITION: another examiner has taken it.
  absl::Status CheckNotTaken(const Call& call, const ledger::State& state) const;
  // INVALID_ARGUMENT naming every verdict on somebody who is neither a candidate of `state` nor
  // whom it is a DUPLICATE of.
  absl::StatusOr<std::vector<ledger::PairVerdict>> VerdictsOf(const v1::AdjudicateRequest& request,
                                                              const ledger::State& state) const;

  const Parts parts_;
};

}  // namespace distinct::service
