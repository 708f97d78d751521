#include "engine/ledger/codec.h"

#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/ledger/digest.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

class Writer {
 public:
  explicit Writer(uint8_t version = kRecordVersion) { U8(version); }

  void U8(uint8_t value) { out_ += static_cast<char>(value); }
  void U32(uint32_t value) { Big(value, 4); }
  void U64(uint64_t value) { Big(value, 8); }
  void Float(float value) { U32(std::bit_cast<uint32_t>(value)); }
  void Time(absl::Time time) { U64(static_cast<uint64_t>(absl::ToUnixNanos(time))); }
  void Number(Ticket ticket) { U64(distinct::Number(ticket)); }
  void Digest(const std::string& digest) {
    CHECK(digest.size() == kDigestBytes);
    out_ += digest;
  }
  void ImageDigestField(const std::string& digest) {
    CHECK(digest.size() == kImageDigestBytes);
    out_ += digest;
  }
  void Text(std::string_view text) {
    U32(static_cast<uint32_t>(text.size()));
    out_ += text;
  }
  template <typename List, typename Body>
  void Each(const List& list, Body&& body) {
    U32(static_cast<uint32_t>(list.size()));
    for (const auto& item : list) body(item);
  }
  void Findings(const std::vector<Finding>& findings) {
    Each(findings, [&](const Finding& finding) {
      Text(finding.code);
      Text(finding.text);
      U8(static_cast<uint8_t>(finding.action));
    });
  }
  void Tickets(const std::vector<Ticket>& tickets) {
    Each(tickets, [&](Ticket ticket) { Number(ticket); });
  }

  std::string Take() { return std::move(out_); }

 private:
  void Big(uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out_ += static_cast<char>((value >> shift) & 0xff);
    }
  }
  std::string out_;
};

// Reads what Writer wrote. The first error sticks, later reads give zeros: callers check once, in
// Finish(), and loops end because Count() is bounded by the bytes that are left.
class Parser {
 public:
  explicit Parser(std::string_view body, uint8_t version_max = kRecordVersion)
      : left_(body), version_(U8("version")) {
    if (error_.ok() && (version_ < 1 || version_ > version_max)) {
      Fail("version", absl::StrCat("got ", version_, ", want 1 to ", version_max));
    }
  }

  uint8_t version() const { return version_; }

  uint8_t U8(const char* field) { return static_cast<uint8_t>(Big(1, field)); }
  uint32_t U32(const char* field) { return static_cast<uint32_t>(Big(4, field)); }
  uint64_t U64(const char* field) { return Big(8, field); }
  float Float(const char* field) { return std::bit_cast<float>(U32(field)); }
  absl::Time Time(const char* field) {
    return absl::FromUnixNanos(static_cast<int64_t>(U64(field)));
  }
  Ticket Number(const char* field) { return Ticket{U64(field)}; }
  std::string Digest(const char* field) { return std::string(Bytes(kDigestBytes, field)); }
  std::string Text(const char* field) {
    const uint32_t length = U32(field);
    return std::string(Bytes(length, field));
  }
  // A list's length; every item takes at least `item_bytes_min`.
  uint32_t Count(size_t item_bytes_min, const char* field) {
    const uint32_t count = U32(field);
    if (count > left_.size() / item_bytes_min) {
      Fail(field,
           absl::StrCat("got ", count, " items, want at most ", left_.size() / item_bytes_min));
      return 0;
    }
    return count;
  }
  // An enum stored as a byte, from `min` to `max`.
  template <typename Enum>
  Enum Kind(Enum min, Enum max, const char* field) {
    const uint8_t value = U8(field);
    if (value < static_cast<uint8_t>(min) || value > static_cast<uint8_t>(max)) {
      Fail(field, absl::StrCat("got ", value, ", want ", static_cast<int>(min), " to ",
                               static_cast<int>(max)));
      return min;
    }
    return static_cast<Enum>(value);
  }
  // False and true as these two bytes.
  bool Flag(uint8_t no, uint8_t yes, const char* field) {
    const uint8_t value = U8(field);
    if (value != no && value != yes) {
      Fail(field, absl::StrCat("got ", value, ", want ", no, " or ", yes));
    }
    return value == yes;
  }
  Position PositionField(const char* field) {
    const uint8_t value = U8(field);
    const std::optional<Position> position = PositionFromNumber(value);
    if (!position.has_value()) Fail(field, absl::StrCat("got ", value, ", want a position"));
    return position.value_or(Position::kUnknownFinger);
  }
  FindingAction Action(const char* field) {
    return Kind(FindingAction::kNote, FindingAction::kRefuse, field);
  }
  // `with_actions`: written since findings say what they ask for. Before, one did so by its name.
  std::vector<Finding> Findings(bool with_actions) {
    std::vector<Finding> findings(Count(8, "findings"));
    for (Finding& finding : findings) {
      finding.code = Text("findings.code");
      finding.text = Text("findings.text");
      if (with_actions) {
        finding.action = Action("findings.action");
      } else if (finding.code == CheckName(Check::kSamplesOfOnePositionDiffer)) {
        finding.action = FindingAction::kReview;
      }
    }
    return findings;
  }
  // Checks that a writer did not know yet keep their default.
  void FindingActions(FindingPolicy& policy) {
    const uint32_t count = Count(1, "finding_policy");
    if (count > kChecks.size()) {
      return Fail("finding_policy",
                  absl::StrCat("got ", count, " checks, want at most ", kChecks.size()));
    }
    for (uint32_t i = 0; i < count; ++i) policy.Set(kChecks[i], Action("finding_policy.action"));
  }
  std::string ImageDigestField() { return std::string(Bytes(kImageDigestBytes, "digest")); }
  std::vector<Ticket> Tickets(const char* field) {
    std::vector<Ticket> tickets(Count(8, field));
    for (Ticket& ticket : tickets) ticket = Number(field);
    return tickets;
  }

  absl::Status Finish() {
    if (error_.ok() && !left_.empty()) {
      Fail("end", absl::StrCat("got ", left_.size(), " bytes more, want none"));
    }
    return error_;
  }

 private:
  void Fail(const char* field, const std::string& reason) {
    if (error_.ok()) error_ = absl::DataLossError(absl::StrCat(field, ": ", reason));
    left_ = {};
  }
  std::string_view Bytes(size_t count, const char* field) {
    if (count > left_.size()) {
      Fail(field, absl::StrCat("got ", left_.size(), " bytes, want ", count));
      return {};
    }
    const std::string_view bytes = left_.substr(0, count);
    left_.remove_prefix(count);
    return bytes;
  }
  uint64_t Big(size_t bytes, const char* field) {
    uint64_t value = 0;
    for (const char byte : Bytes(bytes, field)) value = value << 8 | static_cast<uint8_t>(byte);
    return value;
  }

  std::string_view left_;
  absl::Status error_;
  uint8_t version_;
};

void WriteEnrolment(Writer& out, const Enrolment& enrolment) {
  out.Text(enrolment.id.value);
  out.Text(enrolment.external_ref);
  out.Each(enrolment.missing, [&](const MissingPosition& missing) {
    out.U8(static_cast<uint8_t>(missing.position));
    out.Text(missing.reason);
  });
  out.Findings(enrolment.findings);
  out.Each(enrolment.metadata, [&](const auto& pair) {
    out.Text(pair.first);
    out.Text(pair.second);
  });
  out.Text(enrolment.caller);
  out.U32(static_cast<uint32_t>(enrolment.policy));
  out.Each(kChecks,
           [&](Check check) { out.U8(static_cast<uint8_t>(enrolment.finding_policy[check])); });
  out.Number(enrolment.case_ticket);
}

void ReadEnrolment(Parser& in, Enrolment& enrolment) {
  enrolment.id.value = in.Text("id");
  enrolment.external_ref = in.Text("external_ref");
  enrolment.missing.resize(in.Count(5, "missing"));
  for (MissingPosition& missing : enrolment.missing) {
    missing.position = in.PositionField("missing.position");
    missing.reason = in.Text("missing.reason");
  }
  enrolment.findings = in.Findings(in.version() >= 2);
  for (uint32_t left = in.Count(8, "metadata"); left > 0; --left) {
    std::string key = in.Text("metadata.key");
    enrolment.metadata[std::move(key)] = in.Text("metadata.value");
  }
  enrolment.caller = in.Text("caller");
  enrolment.policy = PolicyVersion{in.U32("policy")};
  if (in.version() >= 2) in.FindingActions(enrolment.finding_policy);
  if (in.version() >= 3) enrolment.case_ticket = in.Number("case");
}

void WriteDecision(Writer& out, const Decision& decision) {
  out.U8(static_cast<uint8_t>(decision.kind));
  out.Number(decision.original);
  out.Each(decision.candidates, [&](const CandidateRecord& candidate) {
    out.Number(candidate.ticket);
    out.Text(candidate.id.value);
    out.Float(candidate.llr.value);
    out.Each(candidate.positions, [&](const PositionLlr& position) {
      out.U8(static_cast<uint8_t>(position.position));
      out.Float(position.llr.value);
    });
  });
  out.Findings(decision.findings);
  out.U64(decision.searched_count);
  out.U64(decision.gallery_count);
  out.Time(decision.decided_at);
}

void ReadDecision(Parser& in, Decision& decision) {
  decision.kind = in.Kind(DecisionKind::kOpen, DecisionKind::kAccepted, "decision.kind");
  decision.original = in.Number("decision.original");
  decision.candidates.resize(in.Count(20, "candidates"));
  for (CandidateRecord& candidate : decision.candidates) {
    candidate.ticket = in.Number("candidates.ticket");
    candidate.id.value = in.Text("candidates.id");
    candidate.llr.value = in.Float("candidates.llr");
    candidate.positions.resize(in.Count(5, "candidates.positions"));
    for (PositionLlr& position : candidate.positions) {
      position.position = in.PositionField("candidates.positions.position");
      position.llr.value = in.Float("candidates.positions.llr");
    }
  }
  decision.findings = in.Findings(in.version() >= 3);
  decision.searched_count = in.U64("searched_count");
  decision.gallery_count = in.U64("gallery_count");
  decision.decided_at = in.Time("decided_at");
}

// Of an entry without templates.
void WriteEntryContent(Writer& out, const EntryRecord& record) {
  if (record.kind == EntryKind::kPolicy) {
    out.U32(static_cast<uint32_t>(record.policy.policy.version));
    out.Float(record.policy.policy.duplicate.value);
    out.Float(record.policy.policy.review.value);
    out.Text(record.policy.caller);
    out.Text(record.policy.reason);
  } else if (record.kind == EntryKind::kVersion) {
    const VersionEntry& version = record.version;
    out.U8(version.switches ? 2 : 1);
    out.Text(version.modality);
    out.U32(version.from);
    out.U32(version.to);
    out.Tickets(version.staying);
    out.Text(version.caller);
    out.Text(version.reason);
  } else {
    out.Number(record.target);
    out.Tickets(record.closed);
  }
}

void ReadPolicy(Parser& in, PolicyRecord& record) {
  record.policy.version = PolicyVersion{in.U32("policy.version")};
  record.policy.duplicate.value = in.Float("policy.duplicate");
  record.policy.review.value = in.Float("policy.review");
  record.caller = in.Text("policy.caller");
  record.reason = in.Text("policy.reason");
}

void ReadVersion(Parser& in, VersionEntry& version) {
  version.switches = in.Flag(1, 2, "version.phase");
  version.modality = in.Text("version.modality");
  version.from = in.U32("version.from");
  version.to = in.U32("version.to");
  version.staying = in.Tickets("version.staying");
  version.caller = in.Text("version.caller");
  version.reason = in.Text("version.reason");
}

void WriteAuditContent(Writer& out, const AuditRow& row) {
  out.Time(row.at);
  out.Text(row.record.action);
  out.Text(row.record.caller);
  out.Text(row.record.purpose);
  out.Text(row.record.detail);
}

}  // namespace

std::string Key64(uint64_t number) {
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>((number >> shift) & 0xff);
  return key;
}

uint64_t ParseKey64(std::string_view key) {
  CHECK(key.size() == 8);
  uint64_t number = 0;
  for (const char byte : key) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

std::string Encode(const EntryRecord& record) {
  Writer out(kEntryVersion);
  out.U8(static_cast<uint8_t>(record.kind));
  out.Digest(record.digest);
  out.Digest(record.chain);
  out.Time(record.appended_at);
  if (record.brings_templates()) {
    WriteEnrolment(out, record.enrolment);
    if (record.kind == EntryKind::kUpdate) out.Number(record.enrolment.subject);
  } else {
    WriteEntryContent(out, record);
  }
  return out.Take();
}

absl::StatusOr<EntryRecord> DecodeEntry(std::string_view body) {
  Parser in(body, kEntryVersion);
  EntryRecord record;
  record.kind = in.Kind(EntryKind::kEnrol, EntryKind::kVersion, "kind");
  record.digest = in.Digest("digest");
  record.chain = in.Digest("chain");
  record.appended_at = in.Time("appended_at");
  if (record.brings_templates()) {
    ReadEnrolment(in, record.enrolment);
    if (record.kind == EntryKind::kUpdate) record.enrolment.subject = in.Number("subject");
  } else if (record.kind == EntryKind::kPolicy) {
    ReadPolicy(in, record.policy);
  } else if (record.kind == EntryKind::kVersion) {
    ReadVersion(in, record.version);
  } else {
    record.target = in.Number("target");
    record.closed = in.Tickets("closed");
  }
  RETURN_IF_ERROR(in.Finish());
  if (record.kind == EntryKind::kPolicy && !HasSoundThresholds(record.policy.policy)) {
    return absl::DataLossError("policy: got other thresholds than can be set");
  }
  return record;
}

std::string Encode(const IdRecord& record) {
  Writer out;
  out.Number(record.ticket);
  out.Digest(record.digest);
  return out.Take();
}

absl::StatusOr<IdRecord> DecodeId(std::string_view body) {
  Parser in(body);
  IdRecord record;
  record.ticket = in.Number("ticket");
  record.digest = in.Digest("digest");
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const State& record) {
  Writer out(kStateVersion);
  out.Text(record.id.value);
  WriteDecision(out, record.decision);
  out.Number(record.closed_at);
  out.Number(record.subject);
  out.Number(record.parent);
  out.Number(record.dropped_at);
  return out.Take();
}

absl::StatusOr<State> DecodeState(std::string_view body) {
  Parser in(body, kStateVersion);
  State record;
  record.id.value = in.Text("id");
  ReadDecision(in, record.decision);
  record.closed_at = in.Number("closed_at");
  if (in.version() >= 2) {
    record.subject = in.Number("subject");
    record.parent = in.Number("parent");
    record.dropped_at = in.Number("dropped_at");
  }
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const OpenRecord& record) {
  Writer out;
  out.U32(record.attempts);
  return out.Take();
}

absl::StatusOr<OpenRecord> DecodeOpen(std::string_view body) {
  Parser in(body);
  OpenRecord record;
  record.attempts = in.U32("attempts");
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const std::vector<Template>& templates) {
  Writer out;
  out.Each(templates, [&](const Template& one) {
    out.U8(static_cast<uint8_t>(one.position));
    out.U32(one.version);
    out.U8(static_cast<uint8_t>(one.quality.value));
    out.Text(one.bytes);
  });
  return out.Take();
}

absl::StatusOr<std::vector<Template>> DecodeTemplates(std::string_view body) {
  Parser in(body);
  std::vector<Template> templates(in.Count(10, "templates"));
  for (Template& one : templates) {
    one.position = in.PositionField("templates.position");
    one.version = in.U32("templates.version");
    one.quality.value = in.U8("templates.quality");
    one.bytes = in.Text("templates.bytes");
  }
  RETURN_IF_ERROR(in.Finish());
  return templates;
}

std::string Encode(const KeyRecord& record) {
  Writer out;
  out.U32(record.kek_epoch);
  out.Text(record.wrapped);
  return out.Take();
}

absl::StatusOr<KeyRecord> DecodeKey(std::string_view body) {
  Parser in(body);
  KeyRecord record;
  record.kek_epoch = in.U32("kek_epoch");
  record.wrapped = in.Text("wrapped");
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const ImagesRecord& record) {
  Writer out;
  out.Each(record.images, [&](const ImageDigest& image) {
    out.U8(static_cast<uint8_t>(image.position));
    out.ImageDigestField(image.digest);
  });
  return out.Take();
}

absl::StatusOr<ImagesRecord> DecodeImages(std::string_view body) {
  Parser in(body);
  ImagesRecord record;
  record.images.resize(in.Count(1 + kImageDigestBytes, "images"));
  for (ImageDigest& image : record.images) {
    image.position = in.PositionField("images.position");
    image.digest = in.ImageDigestField();
  }
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const ImageRecord& record) {
  Writer out;
  out.U8(static_cast<uint8_t>(record.position));
  return out.Take();
}

absl::StatusOr<ImageRecord> DecodeImage(std::string_view body) {
  Parser in(body);
  ImageRecord record;
  record.position = in.PositionField("position");
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const FeedRecord& record) {
  Writer out;
  out.U8(static_cast<uint8_t>(record.kind));
  out.Number(record.ticket);
  return out.Take();
}

absl::StatusOr<FeedRecord> DecodeFeed(std::string_view body) {
  Parser in(body);
  FeedRecord record;
  record.kind = in.Kind(EventKind::kDecided, EventKind::kWithdrawn, "kind");
  record.ticket = in.Number("ticket");
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const VerdictRecord& record) {
  Writer out;
  out.U8(static_cast<uint8_t>(record.verdict));
  out.Text(record.examiner);
  out.Time(record.at);
  return out.Take();
}

absl::StatusOr<VerdictRecord> DecodeVerdict(std::string_view body) {
  Parser in(body);
  VerdictRecord record;
  record.verdict = in.Kind(Verdict::kSame, Verdict::kDifferent, "verdict");
  record.examiner = in.Text("examiner");
  record.at = in.Time("at");
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const Case& record) {
  Writer out;
  out.U8(static_cast<uint8_t>(record.kind));
  out.Tickets(record.persons);
  out.Time(record.opened_at);
  out.Text(record.claimed_by);
  out.Time(record.claimed_until);
  return out.Take();
}

absl::StatusOr<Case> DecodeCase(std::string_view body) {
  Parser in(body);
  Case record;
  record.kind = in.Kind(CaseKind::kReview, CaseKind::kMerge, "kind");
  record.persons = in.Tickets("persons");
  record.opened_at = in.Time("opened_at");
  record.claimed_by = in.Text("claimed_by");
  record.claimed_until = in.Time("claimed_until");
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const AuditRow& record) {
  Writer out;
  out.Digest(record.hash);
  WriteAuditContent(out, record);
  return out.Take();
}

absl::StatusOr<AuditRow> DecodeAudit(std::string_view body) {
  Parser in(body);
  AuditRow row;
  row.hash = in.Digest("hash");
  row.at = in.Time("at");
  row.record.action = in.Text("action");
  row.record.caller = in.Text("caller");
  row.record.purpose = in.Text("purpose");
  row.record.detail = in.Text("detail");
  RETURN_IF_ERROR(in.Finish());
  return row;
}

std::string Encode(const HeadRecord& record) {
  Writer out;
  out.Number(record.head);
  out.Digest(record.chain);
  out.U64(static_cast<uint64_t>(record.feed));
  out.U64(record.audit);
  out.Digest(record.audit_hash);
  return out.Take();
}

absl::StatusOr<HeadRecord> DecodeHead(std::string_view body) {
  Parser in(body);
  HeadRecord record;
  record.head = in.Number("head");
  record.chain = in.Digest("chain");
  record.feed = FeedSequence{in.U64("feed")};
  record.audit = in.U64("audit");
  record.audit_hash = in.Digest("audit_hash");
  RETURN_IF_ERROR(in.Finish());
  return record;
}

std::string Encode(const std::vector<VersionRecord>& versions) {
  Writer out;
  out.Each(versions, [&](const VersionRecord& version) {
    out.Text(version.modality);
    out.U32(version.from);
    out.U32(version.to);
    out.Number(version.begun_at);
    out.Number(version.switched_at);
    out.Tickets(version.staying);
  });
  return out.Take();
}

absl::StatusOr<std::vector<VersionRecord>> DecodeVersions(std::string_view body) {
  Parser in(body);
  std::vector<VersionRecord> versions(in.Count(32, "versions"));
  for (VersionRecord& version : versions) {
    version.modality = in.Text("versions.modality");
    version.from = in.U32("versions.from");
    version.to = in.U32("versions.to");
    version.begun_at = in.Number("versions.begun_at");
    version.switched_at = in.Number("versions.switched_at");
    version.staying = in.Tickets("versions.staying");
  }
  RETURN_IF_ERROR(in.Finish());
  return versions;
}

std::string Encode(const KeptSamples& samples) {
  Writer out;
  out.Each(samples, [&](const KeptSample& sample) {
    out.U8(static_cast<uint8_t>(sample.position));
    out.U64(std::bit_cast<uint64_t>(sample.dpi));
    out.Text(sample.image);
  });
  return out.Take();
}

absl::StatusOr<KeptSamples> DecodeSamples(std::string_view body) {
  Parser in(body);
  KeptSamples samples(in.Count(13, "samples"));
  for (KeptSample& sample : samples) {
    sample.position = in.PositionField("samples.position");
    sample.dpi = std::bit_cast<double>(in.U64("samples.dpi"));
    sample.image = in.Text("samples.image");
  }
  RETURN_IF_ERROR(in.Finish());
  return samples;
}

std::string EntryContent(const EntryRecord& record) {
  CHECK(!record.brings_templates());
  Writer out;
  WriteEntryContent(out, record);
  return out.Take();
}

std::string AuditContent(const AuditRow& row) {
  Writer out;
  WriteAuditContent(out, row);
  return out.Take();
}

}  // namespace distinct::ledger
