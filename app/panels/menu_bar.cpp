// The menus, and at the right what is verified and which device computes.
#include "core/errors.h"
#include "core/text.h"
#include "panels/state.h"
#include "presets.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

void item(Post& post, const char* title, const char* keys, Kind kind, bool enabled = true) {
    if (ImGui::MenuItem(title, keys, false, enabled)) post.command(kind);
}

bool menu(const char* title) {
    const bool open = ImGui::BeginMenu(title);
    registry().add_item(cat("menu.", title));
    return open;
}

void file_menu(Post& post) {
    if (!menu("File")) return;
    item(post, "Open image, .npy or experiment …", "Ctrl+O", Kind::ask_open);
    item(post, "Save experiment …", "Ctrl+S", Kind::ask_save);
    ImGui::Separator();
    item(post, "Quit", "Ctrl+Q", Kind::quit);
    ImGui::EndMenu();
}

void edit_menu(const State& state, Post& post) {
    if (!menu("Edit")) return;
    item(post, "Undo", "Ctrl+Z", Kind::undo, state.can_undo);
    item(post, "Redo", "Ctrl+Y", Kind::redo, state.can_redo);
    ImGui::EndMenu();
}

void view_menu(const State& state, Post& post) {
    if (!menu("View")) return;
    Settings settings = state.settings;
    item(post, "Fit tensors", "F", Kind::fit_views);
    item(post, "Next colours", "C", Kind::next_colours);
    ImGui::Separator();
    for (const float scale : {0.8f, 1.0f, 1.25f, 1.5f, 2.0f, 2.5f})
        if (ImGui::MenuItem(cat(number_text(scale * 100, 3), " %").c_str(), nullptr, settings.scale == scale))
            settings.scale = scale;
    ImGui::Separator();
    if (ImGui::MenuItem("Light", nullptr, settings.theme == Theme::light)) settings.theme = Theme::light;
    if (ImGui::MenuItem("Dark", nullptr, settings.theme == Theme::dark)) settings.theme = Theme::dark;
    if (settings != state.settings) post.set(settings);
    ImGui::Separator();
    item(post, "Full screen", "F11", Kind::toggle_fullscreen);
    ImGui::EndMenu();
}

// From benchmarks that people compare with; the tooltip says which.
void known_problems(Post& post) {
    try {
        for (const Preset& preset : presets()) {
            if (ImGui::MenuItem(preset.title.c_str())) {
                Experiment e;
                e.spec = preset.spec;
                e.source.fill = preset.input_fill;
                if (!preset.image.empty())
                    e.source = {.kind = InputSource::Kind::image, .path = "assets/images/" + preset.image};
                e.weights.fill = preset.weights_fill;
                post.action(ReplaceExperiment{e});
            }
            const Problem problem(preset.spec);
            tooltip(cat(preset.source, ": ", problem.text(), "; ", number_text(problem.flops() / 1e9, 3),
                        " GFLOP, ", bytes_text(problem.minimal_bytes())));
        }
    } catch (const Error& error) {
        note(palette().warning, error.what());
    }
}

void presets_menu(Post& post) {
    if (!menu("Presets")) return;
    for (const ExperimentPreset& preset : experiment_presets()) {
        if (ImGui::MenuItem(preset.title)) post.action(ReplaceExperiment{preset.make()});
        registry().add_item(cat("preset.", preset.name));
    }
    ImGui::Separator();
    if (ImGui::BeginMenu("Known problems")) {
        known_problems(post);
        ImGui::EndMenu();
    }
    ImGui::EndMenu();
}

void help_menu(Post& post) {
    if (!menu("Help")) return;
    item(post, "Keyboard and mouse", "F1", Kind::toggle_shortcuts);
    ImGui::EndMenu();
}

}  // namespace

void draw_menu_bar(const State& state, Post& post) {
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(10), px(8)));
    const bool open = ImGui::BeginMainMenuBar();
    ImGui::PopStyleVar();
    if (!open) return;
    {
        const WithFont strong(fonts().strong);
        coloured_text(palette().accent, "ConvScope");
    }
    ImGui::Dummy({px(8), 0});
    file_menu(post);
    edit_menu(state, post);
    view_menu(state, post);
    presets_menu(post);
    help_menu(post);
    draw_device_menu(state, post);
    ImGui::EndMainMenuBar();
}

void read_keyboard(const State& state, Post& post) {
    using compat::Key;
    using compat::pressed;
    const ImGuiIO& io = ImGui::GetIO();
    if (pressed(Key::f1)) post.command(Kind::toggle_shortcuts);
    if (pressed(Key::f11)) post.command(Kind::toggle_fullscreen);
    Settings settings = state.settings;
    if (io.KeyCtrl && (pressed(Key::plus) || pressed(Key::keypad_plus))) settings.scale *= 1.1f;
    if (io.KeyCtrl && (pressed(Key::minus) || pressed(Key::keypad_minus))) settings.scale /= 1.1f;
    if (io.KeyCtrl && pressed(Key::zero)) settings.scale = 1;
    if (settings != state.settings) post.set(settings);
    if (io.WantTextInput) return;
    if (io.KeyCtrl) {
        if (pressed(Key::z)) post.command(io.KeyShift ? Kind::redo : Kind::undo);
        if (pressed(Key::y)) post.command(Kind::redo);
        if (pressed(Key::s)) post.command(Kind::ask_save);
        if (pressed(Key::o)) post.command(Kind::ask_open);
        if (pressed(Key::q)) post.command(Kind::quit);
        return;
    }
    if (pressed(Key::f)) post.command(Kind::fit_views);
    if (pressed(Key::c)) post.command(Kind::next_colours);
    if (pressed(Key::escape)) post.command(state.banner.empty() ? Kind::cancel : Kind::dismiss_banner);
}

}  // namespace convscope
