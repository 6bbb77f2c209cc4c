// At the right of the menu bar: the verdict on the shown output, and the device that computes it.
#include "core/text.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

struct Verdict {
    std::string words;
    ImVec4 colour;
    std::string tip;
};

Verdict verdict(const State& state) {
    if (!state.broken.empty()) return {"illegal value", palette().bad, state.broken.front().sentence};
    if (!state.shown) return {state.busy ? "computing …" : "", palette().dim, ""};
    const Verification& v = state.shown->verification;
    if (state.stale)
        return {state.busy ? "computing …" : "stale", palette().warning, "The last result is shown."};
    switch (v.state) {
        case Verification::State::verified: {
            const std::string how = v.whole() ? "" : cat(", sampled ", number_text(v.share * 100, 2), " %");
            return {cat("✓ verified", how), palette().good,
                    cat("Largest error over its rounding bound: ", number_text(v.bound_ratio, 3),
                        v.integer_run ? ". The exact run on small integers passed." : ".")};
        }
        case Verification::State::wrong:
            return {"✗ wrong", palette().bad, v.reason};
        case Verification::State::not_yet:
            break;
    }
    return {"not yet verified", palette().dim, ""};
}

std::string present_device(const State& state) {
    if (!state.devices) return "looking for devices …";
    if (state.devices->present.empty()) return "no device";
    const auto description = [](const Device& device) {
        return cat(device.name(), "  ·  ", device.description());
    };
    for (const auto& device : state.devices->unlisted)
        if (state.shown && device->name() == state.shown->choice.device) return description(*device);
    for (const auto& device : state.devices->present)
        if (device->name() == state.experiment.device ||
            (state.shown && state.experiment.device.empty() && device->name() == state.shown->choice.device))
            return description(*device);
    return description(*state.devices->present.front());
}

void device_rows(const State& state, Post& post) {
    if (!state.devices) return;
    for (const auto& device : state.devices->present) {
        const std::string name = device->name();
        const bool chosen = state.shown && state.shown->choice.device == name;
        if (ImGui::MenuItem(cat(name, "##device").c_str(), nullptr, chosen)) post.action(SetDevice{name});
        registry().add_item(cat("device.", name));
        note(palette().dim, device->description());
        if (!device->measures_time()) note(palette().dim, "counts what a kernel does; it does not time");
        ImGui::Spacing();
    }
    for (const MissingDevice& missing : state.devices->missing) {
        ImGui::MenuItem(cat(missing.name, " is not there").c_str(), nullptr, false, false);
        note(palette().warning, missing.reason);
        ImGui::Spacing();
    }
    ImGui::Separator();
    dim_text("Drawing");
    note(palette().text, state.renderer);
    note(palette().dim, state.sharing);
}

}  // namespace

void draw_device_menu(const State& state, Post& post) {
    const Verdict v = verdict(state);
    const float right = ImGui::GetWindowWidth() - px(14);
    const float room = right - ImGui::GetCursorPosX() - text_width(v.words) - px(70);
    const std::string device = fitted(present_device(state), std::min(room, px(460)));
    const float device_width = text_width(device + "  ▾") + 2 * ImGui::GetStyle().ItemSpacing.x;
    ImGui::SetCursorPosX(right - device_width - text_width(v.words) - px(30));
    coloured_text(v.colour, v.words);
    registry().add_item("verdict");
    tooltip(v.tip);
    ImGui::SetCursorPosX(right - device_width);
    ImGui::SetNextWindowSize({px(380), 0});
    const bool open = ImGui::BeginMenu(cat(device, "  ▾###device_menu").c_str());
    registry().add_item("device");
    if (!open) return;
    device_rows(state, post);
    ImGui::EndMenu();
}

}  // namespace convscope
