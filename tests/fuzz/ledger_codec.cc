// Bodies of ledger records: what decodes is exactly what encoding would write, but for the marks of
// an earlier version. The first byte of the input chooses the kind of record, the rest is its body.
#include <array>
#include <string>
#include <string_view>

#include "engine/ledger/codec.h"
#include "matchers/check.h"
#include "tests/fuzz/harness.h"

namespace distinct::fuzz {
namespace {

template <typename Decoder>
void RoundTrip(std::string_view body, Decoder decode) {
  const auto record = decode(body);
  if (!record.ok()) return;
  // Of an earlier version, or a shorter list that leaves the rest at its default: written as today.
  const std::string again = ledger::Encode(*record);
  const auto reread = decode(again);
  CHECK(reread.ok() && ledger::Encode(*reread) == again);
  if (again.size() == body.size() && again.front() == body.front()) CHECK(again == body);
}

using Check = void (*)(std::string_view);
constexpr std::array<Check, 13> kChecks = {
    [](std::string_view body) { RoundTrip(body, ledger::DecodeEntry); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeId); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeState); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeOpen); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeTemplates); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeFeed); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeAudit); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeHead); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeKey); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeImages); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeImage); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeVersions); },
    [](std::string_view body) { RoundTrip(body, ledger::DecodeSamples); },
};

ledger::EntryRecord Enrol() {
  ledger::EntryRecord entry{.kind = ledger::EntryKind::kEnrol,
                            .digest = std::string(32, 'd'),
                            .chain = std::string(32, 'c'),
                            .appended_at = absl::FromUnixSeconds(1'800'000'000),
                            .enrolment = {},
                            .target = kNoTicket,
                            .closed = {},
                            .policy = {},
                            .version = {}};
  entry.enrolment.id = {"e-1"};
  entry.enrolment.external_ref = "r-1";
  entry.enrolment.missing = {{Position::kLeftLittle, "AMPUTATED"}};
  entry.enrolment.findings = {{"SAMPLE_UNUSABLE", "capture the right thumb again"}};
  entry.enrolment.metadata = {{"station", "17"}};
  entry.enrolment.caller = "CN=district-4";
  entry.enrolment.case_ticket = Ticket{1};
  return entry;
}

ledger::State Decided() {
  ledger::State state;
  state.id = {"e-2"};
  state.decision.kind = ledger::DecisionKind::kDuplicate;
  state.decision.original = Ticket{1};
  state.decision.candidates = {
      {Ticket{1}, {"e-1"}, Llr{41.5F}, {{Position::kRightIndex, Llr{41.5F}}}}};
  state.decision.searched_count = state.decision.gallery_count = 1;
  state.decision.decided_at = absl::FromUnixSeconds(1'800'000'001);
  return state;
}

ledger::AuditRow Audited() {
  return {.hash = std::string(32, 'h'),
          .at = absl::FromUnixSeconds(1'800'000'002),
          .record = {.action = "ERASE", .caller = "CN=a", .purpose = "law", .detail = "e-1"}};
}

}  // namespace

std::vector<std::string> Seeds() {
  ledger::EntryRecord erase = Enrol();
  erase.kind = ledger::EntryKind::kErase;
  erase.enrolment = {};
  erase.target = Ticket{1};
  erase.closed = {Ticket{1}, Ticket{2}};
  ledger::EntryRecord policy = Enrol();
  policy.kind = ledger::EntryKind::kPolicy;
  policy.enrolment = {};
  policy.policy.policy = {PolicyVersion{2}, Llr{16.1F}, Llr{9.2F}};
  policy.policy.caller = "CN=operator";
  policy.policy.reason = "10 million people";
  ledger::EntryRecord version = Enrol();
  version.kind = ledger::EntryKind::kVersion;
  version.enrolment = {};
  version.version = {true, "finger", 3, 4, {Ticket{1}, Ticket{7}}, "CN=operator", "release 2"};
  const std::vector<ledger::VersionRecord> versions = {
      {"finger", 3, 4, Ticket{2}, Ticket{9}, {Ticket{1}, Ticket{7}}}};
  const ledger::KeptSamples samples = {{Position::kRightIndex, 500, std::string(40, 'i')}};
  const std::vector<Template> templates = {{.position = Position::kRightIndex,
                                            .version = 1,
                                            .quality = Quality{60},
                                            .bytes = std::string(40, 't')}};
  const std::vector<std::pair<size_t, std::string>> bodies = {
      {0, ledger::Encode(Enrol())},
      {0, ledger::Encode(erase)},
      {0, ledger::Encode(policy)},
      {0, ledger::Encode(version)},
      {1, ledger::Encode(ledger::IdRecord{Ticket{1}, std::string(32, 'd')})},
      {2, ledger::Encode(Decided())},
      {3, ledger::Encode(ledger::OpenRecord{2})},
      {4, ledger::Encode(templates)},
      {5, ledger::Encode(ledger::FeedRecord{ledger::EventKind::kErased, Ticket{1}})},
      {6, ledger::Encode(Audited())},
      {7, ledger::Encode(ledger::HeadRecord{})},
      {8, ledger::Encode(ledger::KeyRecord{1, std::string(60, 'w')})},
      {9, ledger::Encode(ledger::ImagesRecord{{{Position::kRightThumb, std::string(16, 'i')}}})},
      {10, ledger::Encode(ledger::ImageRecord{Position::kRightThumb})},
      {11, ledger::Encode(versions)},
      {12, ledger::Encode(samples)},
  };
  std::vector<std::string> seeds;
  for (const auto& [kind, body] : bodies) seeds.push_back(static_cast<char>(kind) + body);
  return seeds;
}

}  // namespace distinct::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  distinct::fuzz::kChecks[data[0] % distinct::fuzz::kChecks.size()](body);
  return 0;
}
