#include <fstream>

#include "core/text.h"
#include "xray/xray.h"

namespace convscope::xray {

std::vector<std::string> source_text(const std::string& modules_folder, const std::string& file) {
    const std::string path = cat(modules_folder, "/text/", file);
    const bool below = file.find("..") == std::string::npos;
    std::ifstream text(below ? path : "");
    if (!text) throw Error(ErrorKind::failed, cat("the text of ", file, " is not there: ", path));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

}  // namespace convscope::xray
