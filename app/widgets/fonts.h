// Two families: one for words, one for numbers. They come from Debian's font packages; where these are
// missing, DejaVu or Dear ImGui's own font steps in.
#pragma once
#include <imgui.h>

#include <string>

namespace convscope {

struct FontSet {
    ImFont* text = nullptr;      // Inter
    ImFont* strong = nullptr;    // Inter, semi-bold
    ImFont* emphasis = nullptr;  // Inter, italic
    ImFont* title = nullptr;     // Inter, semi-bold and larger: the head of a page
    ImFont* small = nullptr;     // Inter, a little smaller: labels, captions
    ImFont* numbers = nullptr;   // JetBrains Mono
    ImFont* cells = nullptr;     // JetBrains Mono, small: values inside cells
    float text_px = 17, title_px = 22, small_px = 15, numbers_px = 17, cells_px = 15;
    std::string description;  // which files were found, for `doctor`
};

const FontSet& fonts();
// Loads all fonts for this scale into the current context. Call between frames.
void load_fonts(float scale);

// Pushes a font for as long as it lives.
class WithFont {
  public:
    explicit WithFont(ImFont* font);
    ~WithFont() { ImGui::PopFont(); }
    WithFont(const WithFont&) = delete;
    WithFont& operator=(const WithFont&) = delete;
};

}  // namespace convscope
