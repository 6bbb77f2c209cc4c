// The one exception type for what the user, a file or a device did wrong.
#pragma once
#include <stdexcept>
#include <string>

namespace convscope {

// Each kind has its own exit code on the command line (README, "Exit codes").
enum class ErrorKind {
    request,         // an argument, a file or a parameter is wrong: exit code 2
    device_missing,  // the device is not there: exit code 3
    failed,          // something failed while running: exit code 4
    cancelled,       // the user cancelled: exit code 4
};

// what() is one sentence: what is wrong, what was found, what is allowed.
class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& sentence) : std::runtime_error(sentence), kind_(kind) {}
    ErrorKind kind() const { return kind_; }

  private:
    ErrorKind kind_;
};

[[noreturn]] inline void fail_request(const std::string& sentence) {
    throw Error(ErrorKind::request, sentence);
}

// Whether a kernel can do a problem: yes, or the sentence that says why not.
struct Support {
    std::string why_not;  // empty: supported
    explicit operator bool() const { return why_not.empty(); }
    static Support yes() { return {}; }
    static Support no(std::string sentence) { return {std::move(sentence)}; }
};

}  // namespace convscope
