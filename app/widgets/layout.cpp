#include "widgets/layout.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "widgets/fonts.h"
#include "widgets/theme.h"

namespace convscope {

void section(const char* title) {
    ImGui::Dummy({0, px(4)});
    const WithFont strong(fonts().strong);
    ImGui::TextUnformatted(title);
    ImGui::Dummy({0, px(1)});
}

void label(const char* words, float column) {
    ImGui::AlignTextToFramePadding();
    ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
    ImGui::TextUnformatted(words);
    ImGui::PopStyleColor();
    ImGui::SameLine(px(column) + ImGui::GetStyle().WindowPadding.x);
}

void text(const std::string& words) {
    ImGui::TextUnformatted(words.c_str());
}

void dim_text(const std::string& words) {
    coloured_text(palette().dim, words);
}

void coloured_text(const ImVec4& colour, const std::string& words) {
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::TextUnformatted(words.c_str());
    ImGui::PopStyleColor();
}

void note(const ImVec4& colour, const std::string& words) {
    const WithFont small(fonts().small);
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(words.c_str());
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
}

void number(const std::string& words) {
    const WithFont numbers(fonts().numbers);
    ImGui::TextUnformatted(words.c_str());
}

namespace {

// Where the mouse rests, and since when.
struct Resting {
    ImVec2 item{-1, -1};
    double since = 0;
    int frame = -1;
    int shown_in = -1;  // the frame that drew `words`
    std::string words{};
};
Resting& resting() {
    static Resting state;
    return state;
}
constexpr double rest_s = 0.35;

}  // namespace

void tooltip(const std::string& words) {
    if (words.empty() || !ImGui::IsItemHovered()) return;
    Resting& rest = resting();
    const ImVec2 item = ImGui::GetItemRectMin();
    const int frame = ImGui::GetFrameCount();
    const bool first =
        rest.frame + 1 < frame || rest.frame > frame;  // frames are counted anew in a new window
    if (rest.item.x != item.x || rest.item.y != item.y || first) rest = {item, ImGui::GetTime(), frame};
    rest.frame = frame;
    if (ImGui::GetTime() - rest.since < rest_s) return;
    rest.shown_in = frame;
    rest.words = words;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(10), px(7)));
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(px(380));
    ImGui::TextUnformatted(words.c_str());
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
    ImGui::PopStyleVar();
}

std::string shown_tooltip() {
    return resting().shown_in == ImGui::GetFrameCount() ? resting().words : std::string();
}

bool tooltip_is_due() {
    return resting().frame + 1 >= ImGui::GetFrameCount() && ImGui::GetTime() - resting().since < rest_s + 0.1;
}

std::string figure(double value) {
    if (!std::isfinite(value)) return "–";
    if (value != 0 && std::abs(value) < 0.001) return "<0.001";
    char words[32];
    const double size = std::abs(value);
    std::snprintf(words, sizeof words, "%.*f", size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3, value);
    return words;
}

float text_width(const std::string& words) {
    return ImGui::CalcTextSize(words.c_str()).x;
}

std::string fitted(const std::string& words, float width) {
    if (text_width(words) <= width) return words;
    std::string cut = words;
    while (!cut.empty() && text_width(cut + "…") > width) {
        // A whole character goes, not a byte of one.
        while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80) cut.pop_back();
        if (!cut.empty()) cut.pop_back();
    }
    return cut + "…";
}

void beside_or_below(float width, float right, float gap) {
    if (ImGui::GetItemRectMax().x + gap + width <= right) ImGui::SameLine(0, gap);
}

void progress_bar(double share, float width, float line) {
    const float half = px(2.5f);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float middle = at.y + line / 2, done = static_cast<float>(std::clamp(share, 0.0, 1.0));
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled({at.x, middle - half}, {at.x + width, middle + half}, packed(palette().field_hot),
                       half);
    list.AddRectFilled({at.x, middle - half}, {at.x + width * done, middle + half}, packed(palette().accent),
                       half);
    ImGui::Dummy({width, line});
}

bool quiet_button(const std::string& label_and_id, ImVec2 size) {
    ImGui::PushStyleColor(ImGuiCol_Button, ImVec4(0, 0, 0, 0));
    const bool clicked = ImGui::Button(label_and_id.c_str(), size);
    ImGui::PopStyleColor();
    return clicked;
}

}  // namespace convscope
