#include "panels/source_texts.h"

#include "core/errors.h"
#include "xray/xray.h"

namespace convscope {

const SourceTexts::Entry& SourceTexts::text(const std::string& modules_folder, const std::string& file) {
    const auto [at, is_new] = entries_.try_emplace(file);
    if (!is_new) return at->second;
    try {
        at->second.text = cuda_text(file, xray::source_text(modules_folder, file));
    } catch (const Error& error) {
        at->second.error = error.what();
    }
    return at->second;
}

}  // namespace convscope
