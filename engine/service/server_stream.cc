#include "engine/service/server_stream.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace distinct::service {
namespace {

absl::Status Stopping() {
  return absl::UnavailableError(
      "server: is stopping; resume from the last message that was processed");
}

}  // namespace

StreamHub::StreamHub(std::function<void()> wait)
    : wait_(std::move(wait)), thread_([this] { Run(); }) {}

StreamHub::~StreamHub() {
  Close();
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status StreamHub::Add(std::weak_ptr<HubStream> stream) {
  absl::MutexLock lock(&mu_);
  if (closed_) return Stopping();
  const auto gone = [](const std::weak_ptr<HubStream>& other) { return other.expired(); };
  streams_.erase(std::remove_if(streams_.begin(), streams_.end(), gone), streams_.end());
  if (streams_.size() >= kStreamsMax) {
    return WithRetryAfter(absl::ResourceExhaustedError(
                              absl::StrCat("streams: got ", streams_.size() + 1, ", want at most ",
                                           kStreamsMax, "; close one that is not needed")),
                          absl::Seconds(5));
  }
  streams_.push_back(std::move(stream));
  return absl::OkStatus();
}

void StreamHub::Close() {
  {
    absl::MutexLock lock(&mu_);
    closed_ = true;
  }
  for (const auto& stream : Living()) stream->End(Stopping());
}

std::vector<std::shared_ptr<HubStream>> StreamHub::Living() {
  std::vector<std::shared_ptr<HubStream>> living;
  absl::MutexLock lock(&mu_);
  for (const auto& weak : streams_) {
    if (auto stream = weak.lock()) living.push_back(std::move(stream));
  }
  return living;
}

void StreamHub::Run() {
  while (true) {
    wait_();
    {
      absl::MutexLock lock(&mu_);
      if (stopping_) return;
    }
    for (const auto& stream : Living()) stream->Wake();
  }
}

}  // namespace distinct::service
