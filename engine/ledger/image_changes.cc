#include "engine/ledger/image_changes.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/ledger/codec.h"
#include "engine/ledger/rows.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

absl::StatusOr<std::vector<ImageDigest>> ImagesOf(const Reader& reader, Ticket ticket) {
  ASSIGN_OR_RETURN(std::optional<ImagesRecord> record,
                   Load(reader, Family::kImage, ImagesOfKey(ticket), DecodeImages));
  return record.has_value() ? std::move(record->images) : std::vector<ImageDigest>();
}

}  // namespace

void PutImages(Transaction& transaction, Ticket ticket, const std::vector<ImageDigest>& images) {
  if (images.empty()) return;
  transaction.Put(Family::kImage, ImagesOfKey(ticket), Encode(ImagesRecord{images}));
  for (const ImageDigest& image : images) {
    transaction.Put(Family::kImage, ImageKey(image.digest, ticket),
                    Encode(ImageRecord{image.position}));
  }
}

absl::Status DeleteImages(Transaction& transaction, Ticket ticket) {
  ASSIGN_OR_RETURN(const std::vector<ImageDigest> images, ImagesOf(transaction, ticket));
  for (const ImageDigest& image : images) {
    transaction.Delete(Family::kImage, ImageKey(image.digest, ticket));
  }
  transaction.Delete(Family::kImage, ImagesOfKey(ticket));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Replay>> LoadReplays(const Reader& reader, Ticket ticket) {
  ASSIGN_OR_RETURN(const std::vector<ImageDigest> images, ImagesOf(reader, ticket));
  std::vector<Replay> replays;
  for (const ImageDigest& image : images) {
    const std::string prefix = ImagePrefix(image.digest);
    // By rising number; its own, at the latest, ends the scan.
    const auto visit = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
      if (!key.starts_with(prefix)) return false;
      const absl::StatusOr<ImageRecord> record = DecodeImage(body);
      if (!record.ok() || key.size() != prefix.size() + Key64(0).size()) {
        return BadRecord(Family::kImage, key, "got another grammar");
      }
      const Ticket earlier{ParseKey64(key.substr(prefix.size()))};
      if (earlier >= ticket) return false;
      ASSIGN_OR_RETURN(const std::optional<State> state, LoadState(reader, earlier));
      const DecisionKind kind = state.has_value() ? state->decision.kind : DecisionKind::kOpen;
      if (kind != DecisionKind::kRefused) {
        replays.push_back({image.position, earlier, record->position});
      }
      // Who is nobody, or may be yet, must not hide who is somebody.
      return kind == DecisionKind::kRefused || kind == DecisionKind::kOpen;
    };
    RETURN_IF_ERROR(reader.Scan(Family::kImage, prefix, visit));
  }
  return replays;
}

}  // namespace distinct::ledger
