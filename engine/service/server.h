// The whole of distinctd behind one object: store, gallery, protocol and gRPC services.
//
//   Start: ledger, read into the gallery (UNAVAILABLE with the progress, health NOT_SERVING)
//   -> ready -> Drain -> gone
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/enrolment/checks.h"
#include "engine/search/cascade.h"
#include "matchers/modalities.h"

namespace distinct::service {

// Contents of PEM files.
struct TlsPem {
  std::string certificate;  // of the server, with its chain
  std::string key;
  std::string client_ca;  // whose certificates clients must show
};

struct ServerOptions {
  std::filesystem::path store;
  std::filesystem::path key_file = {};     // empty: STORE.key, next to the store's folder
  std::filesystem::path backups = {};      // where CreateBackup() adds them; empty: nowhere
  std::string listen = "127.0.0.1:50051";  // port 0: any free one
  int shards = 2;
  int workers = 0;  // threads for calls; 0: four a core, since most of a call waits for a flush
  std::optional<FaceModelBytes> face_models;
  std::string faces_disabled_reason;  // shown by GetStatus; empty with models
  std::optional<TlsPem> tls;          // required unless `listen` is loopback
  bool reflection = false;
  enrolment::SubmissionRules rules = {};
  int mirrored_fingers = search::CascadeBudgets().mirrored_fingers;
  bool keep_samples = false;  // of enrolments, encrypted, see ledger/record.h
  // Versions of modalities beside the product's own, to which a store can go over.
  std::vector<std::shared_ptr<const Modality>> more_versions = {};
  // Asked many times a second while the store is read, which takes long if it is large; true ends
  // the start with CANCELLED. Empty: never.
  std::function<bool()> stop_asked;
};

// One message, as the API promises (types.proto: 16 MiB an image).
inline constexpr int kMessageBytesMax = 64 << 20;

// Thread-safe.
class Server {
 public:
  // Answers UNAVAILABLE at the address from the first moment, and serves on return: blocks for as
  // long as the store takes to read.
  // INVALID_ARGUMENT: an option. FAILED_PRECONDITION: an address beyond loopback without TLS, a
  // store in use, its key file missing or wrong, a model that is not the pinned one. DATA_LOSS: the
  // store is damaged. UNAVAILABLE: the address is in use. CANCELLED: `stop_asked`.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options);
  // Drains at once if Drain() was not called.
  ~Server();

  // HOST:PORT with the real port.
  const std::string& address() const;
  // Entries of the ledger at the start of this server.
  uint64_t entries_at_start() const;

  // True once searches are answered; waits for it at most `timeout`.
  bool WaitUntilReady(absl::Duration timeout) const;

  // Why only a new start helps, or OK: the store takes no writes any more. Health is NOT_SERVING
  // then, and while the gallery cannot follow the store.
  absl::Status failure() const;

  // Another template version was put in force: it is searched by after a new start, until which
  // nothing is enrolled.
  bool restart_wanted() const;

  // Health NOT_SERVING; streams and new calls end with UNAVAILABLE. Calls that were admitted, and
  // whatever is OPEN, have `limit` to finish, then calls are cancelled. What was appended is
  // durable either way. Blocks, no longer than needed; once.
  void Drain(absl::Duration limit);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace distinct::service
