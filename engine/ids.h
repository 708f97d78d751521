// The identifiers of the engine. Opaque, ordered and never mixed up.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace distinct {

// Place of an entry in the ledger's gap-free order, from 1. The protocol's number n.
enum class Ticket : uint64_t {};
inline constexpr Ticket kNoTicket{0};
inline constexpr uint64_t Number(Ticket ticket) { return static_cast<uint64_t>(ticket); }

// Place of an event in the decision feed, gap-free, from 1: what WatchDecisions resumes from.
enum class FeedSequence : uint64_t {};

// Thresholds in force, from 1. Stamped on an enrolment at its append and never changed after.
enum class PolicyVersion : uint32_t {};

// The caller's idempotency key of one enrolment: 1 to 128 bytes of [A-Za-z0-9._:@/-].
struct EnrolmentId {
  std::string value;
  auto operator<=>(const EnrolmentId&) const = default;
};

// Buckets are fixed for the life of a store; a shard holds a set of them (the protocol counts
// coverage by bucket, so that moving buckets between shards never changes an answer).
inline constexpr uint32_t kBucketCount = 1024;
inline constexpr uint32_t BucketOf(Ticket ticket) {
  return static_cast<uint32_t>(Number(ticket) % kBucketCount);
}

}  // namespace distinct
