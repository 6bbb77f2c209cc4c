// What the tests of files share: a folder of their own, and damaging files.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "core/errors.h"
#include "core/files/atomic_file.h"

namespace convscope::test_files {

using Bytes = std::vector<uint8_t>;

// A folder that is removed with everything in it.
class Folder {
  public:
    Folder() {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() /
                ("convscope_test_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
        std::filesystem::create_directories(path_);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    size_t entries() const {
        const std::filesystem::directory_iterator all(path_);
        return size_t(std::distance(begin(all), end(all)));
    }

  private:
    std::filesystem::path path_;
};

// The sentence of the Error that `call` throws; empty where it throws none.
inline std::string sentence_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::request);
        return error.what();
    }
    return "";
}

inline void append(Bytes& to, std::string_view text) {
    to.insert(to.end(), text.begin(), text.end());
}

// Reads the file's beginning at every length, then `flips` seeded copies with one to four bytes changed:
// each read returns or throws Error. Returns how many of the shortened files were read without Error.
inline int damage(const Bytes& good, const std::string& path, int flips, const std::function<void()>& read) {
    int accepted = 0;
    for (size_t length = 0; length < good.size(); ++length) {
        write_file(path, std::span(good).first(length));
        accepted += sentence_of(read).empty();
    }
    std::mt19937 random(20240607);
    for (int i = 0; i < flips; ++i) {
        Bytes bad = good;
        for (unsigned change = random() % 4 + 1; change > 0; --change)
            bad[random() % bad.size()] = uint8_t(random());
        write_file(path, bad);
        const std::string sentence = sentence_of(read);
        EXPECT_TRUE(sentence.empty() || sentence.find(path) != std::string::npos) << sentence;
    }
    return accepted;
}

}  // namespace convscope::test_files
