#include "engine/gallery/cohort.h"

#include <cstring>

#include "engine/gallery/runs.h"
#include "matchers/check.h"

namespace distinct::gallery {

const Row& CohortView::row(size_t i) const {
  const PlaceInRuns place = PlaceOf(i);
  return runs_[place.run].rows[place.offset];
}

const ClosedAt& CohortView::closed_at(size_t i) const {
  const PlaceInRuns place = PlaceOf(i);
  return runs_[place.run].closed_at[place.offset];
}

size_t CohortView::RowsBefore(Ticket upto) const {
  size_t begin = 0, end = row_count;
  while (begin < end) {
    const size_t middle = begin + (end - begin) / 2;
    if (row(middle).person.ticket < upto) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

Cohort::Cohort(absl::Span<const PreparedReference> references, ByteColumn& space) : space_(space) {
  for (const PreparedReference& reference : references) {
    positions_.push_back(reference.position);
    columns_.push_back(
        std::make_unique<VectorColumn>(static_cast<int>(reference.vector.size()), space));
  }
}

Row& Cohort::Add(Ticket ticket, absl::Span<const PreparedReference> references) {
  CHECK(references.size() == columns_.size());
  for (size_t i = 0; i < references.size(); ++i) {
    CHECK(references[i].position == positions_[i]);
    columns_[i]->Add(references[i].vector);
  }
  if (row_count_ == room_) {
    runs_.emplace_back(RunRows(room_));
    room_ += RunRows(room_);
  }
  const size_t offset = PlaceOf(row_count_).offset;
  Row& row = runs_.back().rows[offset];
  row.closed_at = &runs_.back().closed_at[offset];
  row.person = Store(ticket, references);
  ++row_count_;
  return row;
}

Person Cohort::Store(Ticket ticket, absl::Span<const PreparedReference> references) {
  size_t size = references.size() * sizeof(StoredTemplate);
  for (const PreparedReference& reference : references) size += reference.bytes.size();
  std::byte* space = space_.Append(size, alignof(StoredTemplate));
  auto* table = reinterpret_cast<StoredTemplate*>(space);
  char* data = reinterpret_cast<char*>(space + references.size() * sizeof(StoredTemplate));
  for (size_t i = 0; i < references.size(); ++i) {
    const std::string_view from = references[i].bytes;
    StoredTemplate stored;
    stored.data = data;
    stored.data_bytes = static_cast<uint32_t>(from.size());
    if (!references[i].codes.empty()) {
      stored.codes_offset = static_cast<uint32_t>(references[i].codes.data() - from.data());
      stored.codes_bytes = static_cast<uint32_t>(references[i].codes.size());
    }
    stored.position = references[i].position;
    std::construct_at(table + i, stored);
    std::memcpy(data, from.data(), from.size());
    data += from.size();
  }
  return {ticket, {table, references.size()}};
}

CohortView Cohort::View() const {
  CohortView view;
  view.positions = positions_;
  view.row_count = row_count_;
  for (const auto& column : columns_) view.columns.push_back(column->View());
  for (const Run& run : runs_) view.runs_.push_back({run.rows.get(), run.closed_at.get()});
  return view;
}

}  // namespace distinct::gallery
