#include "engine/ledger/key_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/ledger/digest.h"
#include "engine/ledger/within.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

namespace fs = std::filesystem;

class File {
 public:
  File(const fs::path& path, int flags, mode_t mode = 0)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status KeyFileError(const fs::path& file, std::string_view rest) {
  return absl::FailedPreconditionError(
      absl::StrCat("key file: got ", file.string(), std::string(rest)));
}

absl::Status CheckOutside(const fs::path& file, const fs::path& store) {
  if (!IsWithin(file, store)) return absl::OkStatus();
  return KeyFileError(file,
                      " inside the store, want it elsewhere, since a copy of the store must not "
                      "hold its key; give another --key-file");
}

absl::StatusOr<Secret> ReadOpened(const File& opened, const fs::path& file) {
  struct stat facts {};
  if (fstat(opened.descriptor(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return KeyFileError(file, ", which is not a file, want one of 32 bytes; check the path");
  }
  if ((facts.st_mode & 077) != 0) {
    return KeyFileError(
        file, absl::StrFormat(" with mode %04o, want one that its owner alone can read; chmod 600 "
                              "it, and take a new store and key if others may have read it",
                              static_cast<unsigned>(facts.st_mode & 07777)));
  }
  std::array<char, kKeyBytes> bytes{};
  const bool whole =
      facts.st_size == static_cast<off_t>(kKeyBytes) &&
      read(opened.descriptor(), bytes.data(), kKeyBytes) == static_cast<ssize_t>(kKeyBytes);
  if (!whole) {
    return KeyFileError(file, absl::StrCat(" of ", facts.st_size, " bytes, want ", kKeyBytes,
                                           "; put back the file that distinctd made"));
  }
  Secret key({bytes.data(), bytes.size()});
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

absl::Status CannotMake(const fs::path& file) {
  return KeyFileError(file, absl::StrCat(", which cannot be made (", std::strerror(errno),
                                         "), want a folder that can be written; give another "
                                         "--key-file"));
}

// Under another name first: a stop in between must not leave half a key under its own.
absl::Status MakeKeyFile(const fs::path& file) {
  const fs::path draft = file.string() + ".new";
  const Secret key = Secret::Random();
  unlink(draft.c_str());
  {
    const File out(draft, O_CREAT | O_EXCL | O_WRONLY, 0600);
    const bool written =
        out.is_open() &&
        write(out.descriptor(), key.bytes().data(), kKeyBytes) == static_cast<ssize_t>(kKeyBytes) &&
        fsync(out.descriptor()) == 0;
    if (!written) return CannotMake(file);
  }
  // Unlike a rename, a link never replaces a key that another store's start has just made.
  if (link(draft.c_str(), file.c_str()) != 0 && errno != EEXIST) return CannotMake(file);
  unlink(draft.c_str());
  return absl::OkStatus();
}

// Before the store says that it is written with this key.
absl::Status Flush(const File& opened, const fs::path& file) {
  const File folder(fs::absolute(file).parent_path(), O_RDONLY | O_DIRECTORY);
  if (!folder.is_open() || fsync(opened.descriptor()) != 0 || fsync(folder.descriptor()) != 0) {
    return CannotMake(file);
  }
  return absl::OkStatus();
}

}  // namespace

std::string KeyId(const Secret& key) {
  return HmacSha256(key.bytes(), "distinct: id of a key-encryption key").substr(0, kKeyIdBytes);
}

fs::path DefaultKeyFile(const fs::path& store) {
  fs::path folder = fs::absolute(store).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // written with a slash at its end
  folder += ".key";
  return folder;
}

absl::StatusOr<Secret> ReadKeyFile(const fs::path& file, const fs::path& store,
                                   std::string_view want_id) {
  RETURN_IF_ERROR(CheckOutside(file, store));
  const File opened(file, O_RDONLY);
  if (opened.is_open()) return ReadOpened(opened, file);
  const std::string id =
      want_id.empty() ? "" : absl::BytesToHexString({want_id.data(), want_id.size()}) + " ";
  return KeyFileError(
      file, absl::StrCat(", which cannot be read (", std::strerror(errno), "), want the key ", id,
                         "of the store; put it back from where you keep it or name it with "
                         "--key-file, nobody can read the templates without it"));
}

absl::StatusOr<Secret> ReadOrMakeKeyFile(const fs::path& file, const fs::path& store) {
  RETURN_IF_ERROR(CheckOutside(file, store));
  std::error_code error;
  if (!fs::exists(file, error)) RETURN_IF_ERROR(MakeKeyFile(file));
  const File opened(file, O_RDONLY);
  if (!opened.is_open()) {
    return KeyFileError(file, absl::StrCat(", which cannot be read (", std::strerror(errno),
                                           "); check its owner and permissions"));
  }
  ASSIGN_OR_RETURN(Secret key, ReadOpened(opened, file));
  RETURN_IF_ERROR(Flush(opened, file));  // one that was there too: its maker may have been stopped
  return key;
}

}  // namespace distinct::ledger
