// Runs the built program as a user does.
#pragma once
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace convscope {

struct Outcome {
    int exit_code = -1;
    std::string out, err;
};

inline std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// A folder of its own, removed at the end.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "convscope-test-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

// `words` is what follows the program's name, as typed into a shell; `input` is the file that it reads from.
inline Outcome convscope(const std::string& words, const std::string& input = "/dev/null") {
    const TemporaryFolder folder;
    const std::string line = CONVSCOPE_BINARY_DIR "/convscope " + words + " >" + (folder / "out") + " 2>" +
                             (folder / "err") + " <" + input;
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content_of(folder / "out"),
            content_of(folder / "err")};
}

// One line on stderr, nothing on stdout, exit code 2, and the sentence holds `part`.
inline void expect_refused(const std::string& words, const std::string& part) {
    const Outcome outcome = convscope(words);
    EXPECT_EQ(outcome.exit_code, 2) << words << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << words;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << words << "\n" << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << words << "\n" << outcome.err;
}

}  // namespace convscope
