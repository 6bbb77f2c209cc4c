// The dialog that asks for a file: places, the way to the folder, what is in it, and a field for words.
#include "file_browser.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using compat::Key;
using compat::pressed;
using Answer = std::optional<std::string>;

// A line of text per row, with a little air.
float row_height() {
    return std::round(ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y);
}

// Names may hold anything but slashes; line breaks would tear the rows apart.
std::string one_line(std::string name) {
    std::ranges::replace_if(
        name, [](char c) { return static_cast<unsigned char>(c) < 32; }, '?');
    return name;
}

void draw_places(FileBrowser& browser) {
    ImGui::AlignTextToFramePadding();
    dim_text("Places");
    ImGui::Dummy({0, px(1)});
    for (size_t i = 0; i < browser.places().size(); ++i) {
        const Place& place = browser.places()[i];
        ImGui::PushID(static_cast<int>(i));
        const bool here = place.path == browser.listing().path;
        if (ImGui::Selectable("##place", here)) browser.go_to(place.path);
        registry().add_item(cat("browser.place.", i));
        tooltip(place.path);
        ImGui::SameLine(px(8));
        text(fitted(one_line(place.title), ImGui::GetContentRegionAvail().x));
        ImGui::PopID();
    }
}

// The way from the root to this folder; where it is too long, its beginning is left out.
void draw_way(FileBrowser& browser) {
    if (quiet_button("↑##up")) browser.go_up();
    registry().add_item("browser.up");
    tooltip("The folder above (Backspace)");
    const std::vector<Place> crumbs = breadcrumbs(browser.listing().path);
    const float between = text_width("›") + 2 * px(2), padding = 2 * ImGui::GetStyle().FramePadding.x;
    float room = ImGui::GetContentRegionAvail().x - ImGui::GetItemRectSize().x - px(60);
    size_t first = crumbs.size();
    while (first > 0) {
        room -= text_width(one_line(crumbs[first - 1].title)) + padding + between;
        if (room < 0 && first < crumbs.size()) break;
        --first;
    }
    if (first > 0) {
        ImGui::SameLine(0, px(6));
        dim_text("…");
    }
    for (size_t i = first; i < crumbs.size(); ++i) {
        ImGui::SameLine(0, px(2));
        if (i > std::max<size_t>(first, 1)) {  // the root's own name is a slash
            dim_text("›");
            ImGui::SameLine(0, px(2));
        }
        const float most = ImGui::GetContentRegionAvail().x - padding;
        if (quiet_button(cat(fitted(one_line(crumbs[i].title), most), "##", i)))
            browser.go_to(crumbs[i].path);
        registry().add_item(cat("browser.crumb.", i));
    }
}

void draw_folder_sign(ImDrawList& list, ImVec2 at, float size) {
    const ImU32 colour = packed(palette().accent, 0.75f);
    const float top = std::round(size * 0.2f), round = px(1.5f);
    list.AddRectFilled({at.x, at.y + top - px(2)}, {at.x + size * 0.45f, at.y + size * 0.6f}, colour, round);
    list.AddRectFilled({at.x, at.y + top}, {at.x + size, at.y + size * 0.9f}, colour, round);
}

void draw_file_sign(ImDrawList& list, ImVec2 at, float size) {
    const float x = at.x + std::round(size * 0.15f);
    compat::add_rect(list, {x, at.y + size * 0.08f}, {x + size * 0.7f, at.y + size * 0.94f},
                     packed(palette().dim, 0.6f), px(1.5f), px(1));
}

void right_aligned(const std::string& words) {
    const float free = ImGui::GetContentRegionAvail().x - text_width(words);
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(free, 0.0f));
    dim_text(words);
}

// Only rows that are fully seen can be clicked, and pointed at by tests.
void register_row(const std::string& name) {
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    const float top = ImGui::GetWindowPos().y, bottom = top + ImGui::GetWindowSize().y;
    if (from.y >= top + row_height() && to.y <= bottom) registry().add(cat("browser.entry.", name), from, to);
}

Answer draw_row(FileBrowser& browser, size_t index) {
    const FolderEntry entry = browser.row(index);
    Answer answer;
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::PushID(static_cast<int>(index));
    const int flags = ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowDoubleClick;
    const bool clicked = ImGui::Selectable("##row", browser.chosen() == index, flags);
    register_row(entry.name);
    ImGui::SameLine(0, px(4));
    const float size = ImGui::GetTextLineHeight();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    entry.folder ? draw_folder_sign(list, at, size) : draw_file_sign(list, at, size);
    ImGui::Dummy({size, size});
    ImGui::SameLine(0, px(8));
    text(fitted(one_line(entry.name), ImGui::GetContentRegionAvail().x));
    {
        const WithFont small(fonts().small);
        ImGui::TableNextColumn();
        right_aligned(entry.folder ? "" : bytes_text(static_cast<double>(entry.bytes)));
        ImGui::TableNextColumn();
        dim_text(date_text(entry.changed));
    }
    ImGui::PopID();
    if (clicked && ImGui::IsMouseDoubleClicked(0))
        answer = browser.open_row(index);
    else if (clicked)
        browser.choose(index);
    return answer;
}

void read_order(FileBrowser& browser) {
    ImGuiTableSortSpecs* specs = ImGui::TableGetSortSpecs();
    if (!specs || !specs->SpecsDirty || specs->SpecsCount == 0) return;
    constexpr EntryOrder orders[] = {EntryOrder::name, EntryOrder::size, EntryOrder::date};
    browser.sort(orders[specs->Specs[0].ColumnIndex],
                 specs->Specs[0].SortDirection == ImGuiSortDirection_Descending);
    specs->SpecsDirty = false;
}

// The row that the keyboard moved to comes into sight.
void scroll_to(size_t row) {
    const float top = static_cast<float>(row) * row_height();
    const float seen = ImGui::GetWindowHeight() - row_height();  // below the header
    if (top < ImGui::GetScrollY()) ImGui::SetScrollY(top);
    if (top + row_height() > ImGui::GetScrollY() + seen) ImGui::SetScrollY(top + row_height() - seen);
}

// Sizes stand at the right of their column, and so does its title, beside the arrow of the order.
void draw_titles() {
    ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
    ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
    for (int column = 0; column < ImGui::TableGetColumnCount(); ++column) {
        ImGui::TableSetColumnIndex(column);
        const char* title = ImGui::TableGetColumnName(column);
        const float arrow = std::round(ImGui::GetFontSize() * 0.65f + ImGui::GetStyle().FramePadding.x);
        const float free = ImGui::GetContentRegionAvail().x - text_width(title) - arrow;
        if (column == 1) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(free, 0.0f));
        ImGui::TableHeader(title);
    }
    ImGui::PopStyleColor();
}

// Why the list is empty.
const char* nothing_listed(const FileBrowser& browser) {
    if (!browser.saving() && !browser.words().empty()) return "Nothing here has these words in its name.";
    if (browser.all_files() || browser.wish().endings.empty()) return "This folder is empty.";
    return browser.saving() ? "No folder here, and no file of this kind."
                            : "No folder here, and no file of a kind that can be opened.";
}

Answer draw_list(FileBrowser& browser, bool moved, ImVec2 size) {
    Answer answer;
    const int flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_Sortable | ImGuiTableFlags_PadOuterX |
                      ImGuiTableFlags_NoSavedSettings;
    ImGui::PushStyleColor(ImGuiCol_ChildBg, palette().ground);
    const bool open = ImGui::BeginTable("entries", 3, flags, size);
    ImGui::PopStyleColor();
    if (!open) return answer;
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableSetupColumn("Name", ImGuiTableColumnFlags_WidthStretch | ImGuiTableColumnFlags_DefaultSort);
    ImGui::TableSetupColumn("Size", ImGuiTableColumnFlags_WidthFixed, px(84));
    ImGui::TableSetupColumn("Changed", ImGuiTableColumnFlags_WidthFixed, px(138));
    draw_titles();
    registry().add("browser.list", ImGui::GetWindowPos(),
                   {ImGui::GetWindowPos().x + size.x, ImGui::GetWindowPos().y + size.y});
    read_order(browser);
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(browser.rows()), row_height());
    while (clipper.Step())
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
            if (const auto row = static_cast<size_t>(i); !answer && row < browser.rows())
                answer = draw_row(browser, row);
    if (browser.rows() == 0 && browser.sentence().empty() && !browser.reading_long()) {
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        dim_text(fitted(nothing_listed(browser), ImGui::GetContentRegionAvail().x));
    }
    if (moved && browser.chosen()) scroll_to(*browser.chosen());
    ImGui::EndTable();
    return answer;
}

// The field keeps its own text while it is active: what the browser puts into it goes through here.
int take_words(ImGuiInputTextCallbackData* data) {
    auto& browser = *static_cast<FileBrowser*>(data->UserData);
    if (!browser.has_new_words()) return 0;
    browser.new_words_taken();
    const std::string& words = browser.words();
    data->DeleteChars(0, data->BufTextLen);
    data->InsertChars(0, words.c_str());
    // A suggested name is typed over, its ending stays.
    const size_t ending = words.rfind('.');
    data->SelectionStart = 0;
    data->SelectionEnd = static_cast<int>(ending == std::string::npos ? words.size() : ending);
    data->CursorPos = data->SelectionEnd;
    return 0;
}

Answer draw_words(FileBrowser& browser, PanelMemory& memory) {
    // Whatever is typed goes here, so the mouse can choose and the keyboard go on.
    if (!ImGui::IsAnyItemActive() && ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows))
        ImGui::SetKeyboardFocusHere();
    ImGui::SetNextItemWidth(-1);
    const bool was_empty = browser.words().empty();
    if (browser.has_new_words())
        std::snprintf(memory.path.data(), memory.path.size(), "%s", browser.words().c_str());
    const bool entered = ImGui::InputTextWithHint(
        "##path", browser.saving() ? "Name" : "Type to filter, or a path", memory.path.data(),
        memory.path.size(), ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_CallbackAlways,
        take_words, &browser);
    registry().add_item("prompt.path");
    if (!browser.has_new_words() && browser.words() != memory.path.data()) browser.type(memory.path.data());
    if (was_empty && pressed(Key::backspace)) browser.go_up();
    return entered ? browser.confirm() : std::nullopt;
}

// One line: what went wrong, what is asked, or what this is about.
void draw_note(const FileBrowser& browser, const FileRequest& request) {
    const WithFont small(fonts().small);
    const float room = ImGui::GetContentRegionAvail().x;
    ImVec4 colour = palette().dim;
    std::string words = request.hint;
    if (!browser.question().empty()) {
        colour = palette().warning;
        const std::string& path = browser.question();
        words = cat("There is already a file ", one_line(path.substr(path.rfind('/') + 1)), ". Replace it?");
    } else if (!browser.sentence().empty()) {
        colour = palette().bad;
        words = one_line(browser.sentence());
    } else if (browser.reading_long()) {
        words = "Reading the folder …";
    } else if (browser.listing().cut) {
        static_assert(most_listed == 10'000);
        words =
            "Of this folder only 10,000 entries are listed; a path that is typed in full opens any other.";
    }
    coloured_text(colour, fitted(words, room));
    registry().add_item("browser.note");
    tooltip(words);
}

const char* confirm_title(const FileBrowser& browser) {
    if (!browser.question().empty()) return "Replace";
    return browser.saving() && !browser.folder_chosen() ? "Save" : "Open";
}

// The last line: which files, and what to do. `over`: the user gave up.
Answer draw_buttons(FileBrowser& browser, bool& over) {
    Answer answer;
    if (!browser.wish().endings.empty()) {
        bool all = browser.all_files();
        if (ImGui::Checkbox("All files", &all)) browser.show_all_files(all);
        registry().add_item("browser.all_files");
        tooltip(cat("Also those that do not end in ", joined(browser.wish().endings, " or "), "."));
        ImGui::SameLine();
    }
    const ImVec2 size{px(96), 0};
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x - 2 * size.x - px(8));
    over = ImGui::Button("Cancel", size) || pressed(Key::escape);
    registry().add_item("prompt.cancel");
    ImGui::SameLine(0, px(8));
    const bool ready = !browser.words().empty() || browser.chosen();
    ImGui::BeginDisabled(!ready);
    ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetStyleColorVec4(ImGuiCol_ButtonActive));
    if (ImGui::Button(cat(confirm_title(browser), "###confirm").c_str(), size)) answer = browser.confirm();
    ImGui::PopStyleColor();
    ImGui::EndDisabled();
    registry().add_item("prompt.confirm");
    return answer;
}

bool move_by_keys(FileBrowser& browser) {
    const bool down = pressed(Key::down, true), up = pressed(Key::up, true);
    if (down || up) browser.move_choice(down ? 1 : -1);
    return down || up;
}

// The whole dialog. `over`: it closes without an answer.
Answer draw_browser(FileBrowser& browser, const FileRequest& request, PanelMemory& memory, bool& over) {
    const bool moved = move_by_keys(browser);
    const float places = px(176), line = ImGui::GetFrameHeightWithSpacing();
    const float foot = 2 * line + ImGui::GetTextLineHeightWithSpacing();
    const float height = ImGui::GetContentRegionAvail().y - foot;
    ImGui::BeginChild("places", {places, height});
    draw_places(browser);
    ImGui::EndChild();
    ImGui::SameLine(0, px(12));
    ImGui::BeginChild("folder", {0, height});
    draw_way(browser);
    const Answer clicked = draw_list(browser, moved, ImGui::GetContentRegionAvail());
    ImGui::EndChild();
    const Answer entered = draw_words(browser, memory);
    draw_note(browser, request);
    const Answer confirmed = draw_buttons(browser, over);
    return clicked ? clicked : entered ? entered : confirmed;
}

}  // namespace

void draw_file_browser(const State& state, PanelMemory& memory, Post& post) {
    if (!memory.file_request) return;
    const FileRequest& request = *memory.file_request;
    FileBrowser& browser = memory.browser;
    const std::string title = cat(request.title, "###browser");
    if (memory.request_is_new) {
        ImGui::OpenPopup(title.c_str());
        browser.start({request.saving, request.endings, request.name, request.folder}, state.settings);
    }
    memory.request_is_new = false;
    browser.collect();
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
    ImGui::SetNextWindowSize({std::min(px(920), screen.x - px(32)), std::min(px(600), screen.y - px(32))});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(6));
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(14), px(7)));  // of the title
    const bool open = ImGui::BeginPopupModal(title.c_str(), nullptr,
                                             ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoSavedSettings |
                                                 ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoScrollbar);
    ImGui::PopStyleVar(3);
    bool over = true;
    Answer answer;
    if (open) {
        answer = draw_browser(browser, request, memory, over);
        if (answer || over) ImGui::CloseCurrentPopup();
        ImGui::EndPopup();
    }
    if (answer) post.command(request.then.kind, *answer, request.then.name);
    if (!answer && !over) return;
    browser.end();
    memory.file_request.reset();
}

}  // namespace convscope
