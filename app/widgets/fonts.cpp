#include "widgets/fonts.h"

#include <array>
#include <cmath>
#include <filesystem>

#include "core/text.h"
#include "widgets/imgui_compat.h"

namespace convscope {
namespace {

FontSet& the_fonts() {
    static FontSet set;
    return set;
}

constexpr const char* inter = "/usr/share/fonts/opentype/inter/Inter-Regular.otf";
constexpr const char* inter_strong = "/usr/share/fonts/opentype/inter/Inter-SemiBold.otf";
constexpr const char* inter_italic = "/usr/share/fonts/opentype/inter/Inter-Italic.otf";
constexpr const char* inter_truetype = "/usr/share/fonts/truetype/inter/Inter-Regular.ttf";
constexpr const char* jetbrains = "/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf";
constexpr const char* dejavu = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
constexpr const char* dejavu_strong = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";
constexpr const char* dejavu_italic = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Oblique.ttf";
constexpr const char* dejavu_mono = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";

// Latin, Greek, and the signs that sentences and formulas of this program use.
constexpr ImWchar all_ranges[] = {0x0020, 0x017F, 0x0370, 0x03FF, 0x2010, 0x203A, 0x2070,
                                  0x209F, 0x2190, 0x2199, 0x2208, 0x2265, 0x2299, 0x2299,
                                  0x2308, 0x230B, 0x25A0, 0x25CF, 0x2713, 0x2718, 0};
// What Inter has no glyphs for.
constexpr ImWchar sign_ranges[] = {0x2208, 0x2265, 0x2299, 0x2299, 0x2308, 0x230B, 0x25A0,
                                   0x25CF, 0x2713, 0x2718, 0x2070, 0x209F, 0};

std::string first_present(std::initializer_list<const char*> paths) {
    std::error_code ignored;
    for (const char* path : paths)
        if (std::filesystem::exists(path, ignored)) return path;
    return {};
}

ImFont* load(std::initializer_list<const char*> paths, float px) {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    const std::string path = first_present(paths);
    ImFontConfig config;
    config.OversampleH = 2;
    config.PixelSnapH = px < 24;
    if (path.empty()) {
        config.SizePixels = px;
        return atlas.AddFontDefault(&config);
    }
    ImFont* font = atlas.AddFontFromFileTTF(path.c_str(), px, &config, all_ranges);
    const std::string signs = first_present({dejavu});
    if (font && !signs.empty() && path != signs) {
        ImFontConfig merged = config;
        merged.MergeMode = true;
        atlas.AddFontFromFileTTF(signs.c_str(), std::round(px * 0.94f), &merged, sign_ranges);
    }
    return font;
}

}  // namespace

const FontSet& fonts() {
    return the_fonts();
}

void load_fonts(float scale) {
    FontSet& set = the_fonts();
    ImGui::GetIO().Fonts->Clear();
    const auto px = [&](float size) { return std::round(size * scale); };
    set.text_px = px(17);
    set.title_px = px(22);
    set.small_px = px(15);
    set.numbers_px = px(17);
    set.cells_px = px(15);
    set.text = load({inter, inter_truetype, dejavu}, set.text_px);
    set.strong = load({inter_strong, inter, inter_truetype, dejavu_strong, dejavu}, set.text_px);
    set.emphasis = load({inter_italic, dejavu_italic, inter, inter_truetype, dejavu}, set.text_px);
    set.title = load({inter_strong, inter, inter_truetype, dejavu_strong, dejavu}, set.title_px);
    set.small = load({inter, inter_truetype, dejavu}, set.small_px);
    set.numbers = load({jetbrains, dejavu_mono}, set.numbers_px);
    set.cells = load({jetbrains, dejavu_mono}, set.cells_px);
    set.description = cat("words: ", first_present({inter, inter_truetype, dejavu}),
                          ", numbers: ", first_present({jetbrains, dejavu_mono}));
    compat::fonts_changed();
}

WithFont::WithFont(ImFont* font) {
    const FontSet& set = fonts();
    const float size = font == set.small     ? set.small_px
                       : font == set.title   ? set.title_px
                       : font == set.numbers ? set.numbers_px
                       : font == set.cells   ? set.cells_px
                                             : set.text_px;
    compat::push_font(font, size);
}

}  // namespace convscope
