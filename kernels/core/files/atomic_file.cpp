#include "core/files/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

// read and write take at most about 2 GiB a call; smaller pieces cost nothing.
constexpr size_t piece = size_t{16} << 20;

std::string reason() {
    return std::generic_category().message(errno);
}

// A file descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    // Some file systems report a full disk only here.
    bool close() { return ::close(std::exchange(number_, -1)) == 0; }

  private:
    int number_;
};

[[noreturn]] void fail_reading(const std::string& path) {
    fail_request(cat("cannot read ", path, ": ", reason()));
}

[[noreturn]] void fail_writing(const std::string& path) {
    fail_request(cat("cannot write ", path, ": ", reason()));
}

// Appends everything up to the end of the file, pipes included.
template <class Bytes>
Bytes read_all(const std::string& path, int64_t most_bytes) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat facts {};
    if (file.number() < 0 || ::fstat(file.number(), &facts) != 0) fail_reading(path);
    const auto too_large = [&](const std::string& found) {
        fail_request(cat(path, " is too large: it has ", found, ", at most ", bytes_text(double(most_bytes)),
                         " are read"));
    };
    if (facts.st_size > most_bytes) too_large(bytes_text(double(facts.st_size)));

    Bytes bytes;
    size_t filled = 0;
    while (true) {
        // One byte more than the file has, so that its end is met without growing.
        if (filled == bytes.size())
            bytes.resize(std::max({size_t(facts.st_size) + 1, 2 * filled, size_t{4096}}));
        const ssize_t got =
            ::read(file.number(), bytes.data() + filled, std::min(bytes.size() - filled, piece));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail_reading(path);
        if (got == 0) break;
        filled += size_t(got);
        if (filled > size_t(most_bytes)) too_large("more");
    }
    bytes.resize(filled);
    return bytes;
}

bool write_all(int file, std::initializer_list<std::span<const uint8_t>> parts) {
    for (std::span<const uint8_t> rest : parts)
        while (!rest.empty()) {
            const ssize_t done = ::write(file, rest.data(), std::min(rest.size(), piece));
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) return false;
            rest = rest.subspan(size_t(done));
        }
    return true;
}

// What a rename must not replace: a pipe, a device, or what a shell has opened behind /dev/stdout.
bool written_straight(const std::string& path, const struct stat& facts) {
    const bool device = path.starts_with("/dev/") && !path.starts_with("/dev/shm/");
    return !S_ISREG(facts.st_mode) || device || path.starts_with("/proc/");
}

void write_straight(const std::string& path, std::initializer_list<std::span<const uint8_t>> parts) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.number() < 0 || !write_all(file.number(), parts) || !file.close()) fail_writing(path);
}

// A link stays a link: the file it leads to is replaced.
std::string behind_links(const std::string& path) {
    char* const resolved = ::realpath(path.c_str(), nullptr);
    if (!resolved) fail_writing(path);
    const std::string target(resolved);
    std::free(resolved);
    return target;
}

// Removes the temporary file unless it became the real one.
struct Temporary {
    std::string path;
    bool renamed = false;
    ~Temporary() {
        if (!renamed) ::unlink(path.c_str());
    }
};

}  // namespace

std::vector<uint8_t> read_file(const std::string& path, int64_t most_bytes) {
    return read_all<std::vector<uint8_t>>(path, most_bytes);
}

std::string read_text_file(const std::string& path, int64_t most_bytes) {
    return read_all<std::string>(path, most_bytes);
}

void write_parts(const std::string& path, std::initializer_list<std::span<const uint8_t>> parts) {
    struct stat old {};
    const bool exists = ::stat(path.c_str(), &old) == 0;
    if (exists && written_straight(path, old)) return write_straight(path, parts);
    // A rename asks for the folder's permission only.
    if (exists && ::access(path.c_str(), W_OK) != 0) fail_writing(path);

    static std::atomic<unsigned> count{0};
    const std::string target = exists ? behind_links(path) : path;
    const std::string unfinished = cat(target, ".", ::getpid(), ".", count++, ".tmp");
    Descriptor file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.number() < 0) fail_writing(path);
    Temporary temporary{unfinished};
    if (exists && ::fchmod(file.number(), old.st_mode & 07777) != 0) fail_writing(path);
    if (!write_all(file.number(), parts) || !file.close()) fail_writing(path);
    if (::rename(unfinished.c_str(), target.c_str()) != 0) fail_writing(path);
    temporary.renamed = true;
}

void write_file(const std::string& path, std::span<const uint8_t> bytes) {
    write_parts(path, {bytes});
}

void write_file(const std::string& path, std::string_view text) {
    write_parts(path, {{reinterpret_cast<const uint8_t*>(text.data()), text.size()}});
}

}  // namespace convscope
