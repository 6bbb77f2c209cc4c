#include "panels/keyboard.h"

#include <algorithm>
#include <array>

#include "panels/lesson_task.h"

namespace convscope {
namespace {

using compat::Key;
using compat::pressed;
using Kind = Command::Kind;

constexpr std::array<Binding, 27> table{{
    {.kind = Kind::ask_open, .key = Key::o, .keys = "Ctrl+O", .ctrl = true},
    {.kind = Kind::ask_save, .key = Key::s, .keys = "Ctrl+S", .ctrl = true},
    {.kind = Kind::quit, .key = Key::q, .keys = "Ctrl+Q", .ctrl = true},
    {.kind = Kind::undo, .key = Key::z, .keys = "Ctrl+Z", .ctrl = true, .repeats = true},
    {.kind = Kind::redo, .key = Key::y, .keys = "Ctrl+Y", .ctrl = true, .repeats = true},
    {.kind = Kind::redo, .key = Key::z, .keys = "Ctrl+Shift+Z", .ctrl = true, .shift = true, .repeats = true},
    {.kind = Kind::copy_values, .key = Key::c, .keys = "Ctrl+C", .ctrl = true},
    {.kind = Kind::paste_weights, .key = Key::v, .keys = "Ctrl+V", .ctrl = true},
    {.kind = Kind::toggle_play, .key = Key::space, .keys = "Space"},
    {.kind = Kind::step_back, .key = Key::left, .keys = "←", .repeats = true},
    {.kind = Kind::step_forward, .key = Key::right, .keys = "→", .repeats = true},
    {.kind = Kind::show_explore, .key = Key::one, .keys = "1"},
    {.kind = Kind::show_xray, .key = Key::two, .keys = "2"},
    {.kind = Kind::show_lessons, .key = Key::three, .keys = "3"},
    {.kind = Kind::show_source, .key = Key::four, .keys = "4"},
    {.kind = Kind::lesson_next, .key = Key::page_down, .keys = "Page Down"},
    {.kind = Kind::lesson_back, .key = Key::page_up, .keys = "Page Up"},
    {.kind = Kind::toggle_presentation, .key = Key::f5, .keys = "F5"},
    {.kind = Kind::xray_previous, .key = Key::up, .keys = "↑", .repeats = true},
    {.kind = Kind::xray_next, .key = Key::down, .keys = "↓", .repeats = true},
    {.kind = Kind::fit_views, .key = Key::f, .keys = "F"},
    {.kind = Kind::next_colours, .key = Key::c, .keys = "C"},
    {.kind = Kind::error_view, .key = Key::e, .keys = "E"},
    {.kind = Kind::toggle_shortcuts, .key = Key::f1, .keys = "F1"},
    {.kind = Kind::toggle_fullscreen, .key = Key::f11, .keys = "F11"},
    {.kind = Kind::dismiss_banner, .key = Key::escape, .keys = "Escape"},
    {.kind = Kind::cancel, .key = Key::escape, .keys = "Escape"},
}};

constexpr std::array letters{Key::a, Key::b, Key::c, Key::d, Key::e, Key::f, Key::g, Key::h};

// Those that choose one of the options that are asked for now.
std::span<const Key> option_letters(const State& state) {
    const lessons::Prediction* asked = asked_now(state.lesson);
    if (!asked || asked->kind != lessons::Prediction::Kind::choice) return {};
    return std::span(letters).first(std::min(asked->options.size(), letters.size()));
}

// The function keys, a clicker and the scale go on while a number is typed.
bool works_while_typing(Kind kind) {
    switch (kind) {
        case Kind::toggle_shortcuts:
        case Kind::toggle_fullscreen:
        case Kind::toggle_presentation:
        case Kind::lesson_next:
        case Kind::lesson_back:
            return true;
        default:
            return false;
    }
}

void read_scale(const State& state, Post& post) {
    if (!ImGui::GetIO().KeyCtrl) return;
    Settings settings = state.settings;
    if (pressed(Key::plus, true) || pressed(Key::keypad_plus, true)) settings.scale *= scale_step;
    if (pressed(Key::minus, true) || pressed(Key::keypad_minus, true)) settings.scale /= scale_step;
    if (pressed(Key::zero) || pressed(Key::keypad_zero)) settings.scale = 1;
    if (settings != state.settings) post.set(settings);
}

void read_options(std::span<const Key> options, Post& post) {
    const ImGuiIO& io = ImGui::GetIO();
    if (io.KeyCtrl || io.KeyShift || io.KeyAlt || io.KeySuper) return;
    for (size_t i = 0; i < options.size(); ++i)
        if (pressed(options[i]))
            post.command({.kind = Kind::lesson_answer, .number = static_cast<double>(i)});
}

// What is on top goes first.
void read_escape(const State& state, const PanelMemory& memory, Post& post) {
    if (!pressed(Key::escape) || compat::close_popups()) return;
    if (memory.shortcuts_open)
        post.command(Kind::toggle_shortcuts);
    else if (!state.banner.empty())
        post.command(Kind::dismiss_banner);
    else
        post.command(state.lesson.presenting ? Kind::toggle_presentation : Kind::cancel);
}

// Of the view that the mouse is on; the output where it is on none.
std::string copied_view(const State& state) {
    return state.hover.view == ViewKind::none ? "output" : view_name(state.hover.view);
}

}  // namespace

bool works_on(Tab tab, Kind kind) {
    switch (kind) {
        case Kind::copy_values:
        case Kind::paste_weights:
        case Kind::next_colours:
        case Kind::error_view:
            return tab == Tab::explore;
        case Kind::fit_views:
            return tab == Tab::explore || tab == Tab::xray;
        default:
            return true;
    }
}

std::span<const Binding> bindings() {
    return table;
}

const char* keys_of(Command::Kind kind) {
    for (const Binding& binding : table)
        if (binding.kind == kind) return binding.keys;
    return nullptr;
}

std::string all_keys_of(Command::Kind kind) {
    std::string all;
    for (const Binding& binding : table)
        if (binding.kind == kind) all += (all.empty() ? "" : ", ") + std::string(binding.keys);
    return all;
}

std::string option_letter(size_t index) {
    return index < letters.size() ? std::string(1, static_cast<char>('A' + index)) : std::string();
}

void read_keyboard(const State& state, const PanelMemory& memory, Post& post) {
    const ImGuiIO& io = ImGui::GetIO();
    read_scale(state, post);
    if (memory.file_request) return;  // the dialog reads its keys itself
    const bool typing = io.WantTextInput;
    if (!typing) read_escape(state, memory, post);
    const std::span<const Key> options = typing ? std::span<const Key>() : option_letters(state);
    read_options(options, post);
    for (const Binding& binding : table) {
        if (binding.key == Key::escape || (typing && !works_while_typing(binding.kind))) continue;
        if (io.KeyCtrl != binding.ctrl || io.KeyShift != binding.shift || io.KeyAlt || io.KeySuper) continue;
        if (!works_on(state.experiment.tab, binding.kind) || !pressed(binding.key, binding.repeats)) continue;
        if (!binding.ctrl && std::ranges::find(options, binding.key) != options.end()) continue;
        const bool copies = binding.kind == Kind::copy_values;
        post.command(binding.kind, {}, copies ? copied_view(state) : std::string());
    }
}

}  // namespace convscope
