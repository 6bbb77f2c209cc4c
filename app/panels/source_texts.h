// The kernels' texts, read and coloured once.
#pragma once
#include <map>
#include <string>

#include "widgets/source_view.h"

namespace convscope {

class SourceTexts {
  public:
    struct Entry {
        SourceText text{};
        std::string error{};  // why it cannot be read: a sentence
    };
    // `file` from kernels/ on: "conv2d/naive.cu".
    const Entry& text(const std::string& modules_folder, const std::string& file);

  private:
    std::map<std::string, Entry> entries_;
};

}  // namespace convscope
