// What the numbers are: the element that is looked at and its sum, the problem in words, the verification.
#include <cmath>

#include "core/text.h"
#include "panels/inspect_element.h"
#include "panels/pictures.h"
#include "panels/problem_fields.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

void problem_facts(const State& state) {
    section("Problem");
    if (!state.problem) {
        for (const BrokenRule& rule : state.broken) note(palette().bad, rule.sentence);
        return;
    }
    const Problem& p = *state.problem;
    ImGui::PushTextWrapPos(0);
    text(p.text());
    ImGui::PopTextWrapPos();
    ImGui::Spacing();
    fact("work", flops_text(p.flops()), "Two per tap of an unpadded interior, as the field counts.");
    fact("taps/output", std::to_string(p.nominal_taps_per_output()));
    fact("memory", bytes_text(p.minimal_bytes()), "Every tensor moved once.");
    fact("intensity", cat(number_text(p.flops() / p.minimal_bytes(), 3), " FLOP/byte"),
         "Work per byte that has to be moved at least: a low figure is limited by memory.");
}

void verification_facts(const State& state, Post& post) {
    if (!state.shown) return;
    const Verification& v = state.shown->verification;
    section("Verification");
    fact("kernel", cat(state.shown->choice.device, " ", state.shown->choice.kernel));
    if (v.state == Verification::State::not_yet) {
        dim_text("not yet verified");
        return;
    }
    if (v.state == Verification::State::wrong) note(palette().bad, v.reason);
    fact("compared", v.whole() ? "every element" : cat(number_text(v.share * 100, 2), " % of the elements"));
    fact("bound ratio", number_text(v.bound_ratio, 3),
         "The largest error over its rounding bound: at most 1 is right.");
    fact("integers", v.integer_run ? "exact ✓" : "not run",
         "On small whole numbers every sum is exact, so that a single lost tap shows.");
    if (v.worst_index < 0) return;
    if (ImGui::Button("Worst element")) post.command(Command::Kind::show_worst);
    registry().add_item("worst");
    tooltip(cat("Goes to ", element_name(state.result->problem, v.worst_index), ": ",
                number_text(v.worst_value, 9), ", the reference is ", number_text(v.worst_reference, 9),
                "."));
}

void kernel_facts(const State& state) {
    if (!state.shown) return;
    const KernelFacts& k = state.shown->facts;
    section("Kernel");
    if (!k.idea.empty()) note(palette().text, k.idea);
    if (!k.traffic.empty()) note(palette().dim, "Memory traffic: " + k.traffic);
    if (!k.wins_when.empty()) note(palette().dim, "Wins " + k.wins_when);
    if (!state.shown->plan.empty()) note(palette().dim, state.shown->plan);
}

}  // namespace

void draw_inspect_panel(const State& state, PanelMemory& memory, Post& post) {
    element_facts(state, memory, post);
    problem_facts(state);
    verification_facts(state, post);
    kernel_facts(state);
}

}  // namespace convscope
