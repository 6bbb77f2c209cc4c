#include "panels/inspect_element.h"

#include <algorithm>
#include <cmath>

#include "core/separable.h"
#include "core/tap_inverses.h"
#include "core/text.h"
#include "panels/pictures.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr int64_t most_listed = 4096;  // products that are listed; of more the number is told

std::string signed_text(double value, int digits) {
    if (value == 0) return "0";
    std::string words = number_text(value, digits);
    if (!words.empty() && words[0] == '-') words.replace(0, 1, "−");
    return words;
}

// A list that scrolls by itself where it is long.
template <class Line>
void lines(const char* name, size_t count, const Line& line) {
    const WithFont numbers(fonts().cells);
    const float row = ImGui::GetTextLineHeightWithSpacing();
    const size_t most = 12;
    ImGui::BeginChild(name, {0, row * static_cast<float>(std::min(count, most)) + px(4)}, false);
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(count), row);
    while (clipper.Step())
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) line(static_cast<size_t>(i));
    ImGui::EndChild();
    registry().add_item(name);
}

void pin_row(const State& state, const Pin& focus, Post& post) {
    const bool pinned = state.experiment.display.pin == focus;
    ImGui::SameLine();
    const WithFont small(fonts().small);
    dim_text(pinned ? "pinned" : "");
    if (!pinned) return;
    ImGui::SameLine();
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(6), 0));  // on the line of its words
    const bool unpinned = quiet_button("Unpin");
    ImGui::PopStyleVar();
    if (unpinned) {
        Display next = state.experiment.display;
        next.pin.reset();
        post.action(SetDisplay{next});
    }
    registry().add_item("unpin");
}

std::string output_value_text(const Pictures& p, int64_t element, float& value) {
    const gl::TensorRef output = tensor_of(p, ViewKind::output);
    if (!output) return "–";
    output.read(element, {&value, 1});
    return exact_text(value);
}

// The reference at an element, where it was computed.
std::optional<size_t> reference_place(const Reference& reference, int64_t element) {
    if (reference.whole()) return static_cast<size_t>(element);
    const auto at = std::ranges::lower_bound(reference.indices, element);
    if (at == reference.indices.end() || *at != element) return std::nullopt;
    return static_cast<size_t>(at - reference.indices.begin());
}

void compared(const Pictures& p, int64_t element, float value) {
    if (!p.result.reference || !p.shown) return;
    const Reference& r = *p.result.reference;
    const auto k = reference_place(r, element);
    if (!k) {
        fact("reference", "not sampled here");
        return;
    }
    fact("reference", signed_text(r.values[*k], 10));
    const BoundTerms of = bound_terms(p.shown->facts.error, r, *k);
    const double bound = rounding_bound(p.shown->facts.error, r, *k);
    const double ratio = error_ratio(static_cast<double>(value), r.values[*k], r.magnitude[*k], bound);
    fact("error", cat(number_text(ratio, 3), " of its bound"),
         cat("The rounding bound here is ", number_text(bound, 3), ": ", of.terms,
             of.terms == 1 ? " term" : " terms", ", magnitudes summing to ", number_text(of.magnitude, 4),
             "."));
}

// "−1 · 0.31 = −0.31": as many digits as a line has room for.
std::string product_text(double a, double b) {
    return cat(signed_text(a, 4), " · ", signed_text(b, 4), " = ", signed_text(a * b, 3));
}

void term_lines(const SumOfTerms& sum) {
    const auto bias = static_cast<size_t>(sum.bias != 0);
    lines("terms", sum.terms.size() + bias, [&](size_t i) {
        const char* sign = i == 0 ? "  " : "+ ";
        if (i == sum.terms.size()) {
            ImGui::TextUnformatted(cat(sign, signed_text(sum.bias, 6), "  bias").c_str());
            return;
        }
        const Term& term = sum.terms[i];
        ImGui::TextUnformatted(
            cat(sign, product_text(static_cast<double>(term.weight), static_cast<double>(term.input)))
                .c_str());
    });
    if (sum.count > static_cast<int64_t>(sum.terms.size()))
        dim_text(cat("and ", sum.count - static_cast<int64_t>(sum.terms.size()), " more"));
}

// The second stage's sum over the middle channels, and the first stage's sum of the one that is shown.
void two_stages(const Pictures& p, ViewCaches& caches, int64_t element, const SumOfTerms& sum) {
    const std::vector<MiddleTap> list = middle_taps(p.problem(), element);
    std::vector<double> middle(list.size(), 0.0);
    for (const Term& term : sum.terms)
        middle[static_cast<size_t>(pointwise_position(p.problem(), term.tap.pointwise).in_channel)] +=
            static_cast<double>(term.weight) * static_cast<double>(term.input);
    const bool all = sum.count == static_cast<int64_t>(sum.terms.size());
    dim_text("pointwise · middle");
    lines("stages", all ? list.size() : 0, [&](size_t i) {
        const auto weight =
            static_cast<double>(p.result.tensors.pointwise->values[static_cast<size_t>(list[i].pointwise)]);
        ImGui::TextUnformatted(cat(i == 0 ? "  " : "+ ", product_text(weight, middle[i])).c_str());
    });
    const auto channel = static_cast<size_t>(p.planes.in_channel);
    dim_text(cat("middle channel ", channel, ": weight · input"));
    Tensors tensors = p.result.tensors;
    tensors.bias.reset();
    term_lines(caches.sum(depthwise_stage(p.problem()), tensors, list[channel].middle));
}

void output_facts(const Pictures& p, ViewCaches& caches, int64_t element) {
    const SumOfTerms& sum = caches.sum(p.problem(), p.result.tensors, element);
    float value = NAN;
    const std::string value_words = output_value_text(p, element, value);
    if (sum.count == 0) note(palette().dim, "No tap falls here: no input element reaches it.");
    if (p.problem().op() == Operator::separable_conv2d)
        two_stages(p, caches, element, sum);
    else
        term_lines(sum);
    fact("sum", signed_text(sum.total, 10), "All products and the bias, added in float64.");
    fact("kernel", value_words, "What the shown kernel made of it in float32.");
    compared(p, element, value);
    fact("taps", std::to_string(sum.count), "Products that are really added: padding is not.");
}

void value_fact(const Pictures& p, const Pin& focus) {
    const gl::TensorRef tensor = tensor_of(p, focus.view);
    if (!tensor) return;
    float value = 0;
    tensor.read(focus.element, {&value, 1});
    fact("value", exact_text(value));
}

void input_facts(const Pictures& p, const Pin& focus) {
    value_fact(p, focus);
    const int64_t count = fed_output_count(p.problem(), focus.element);
    fact("feeds", cat(count, count == 1 ? " product" : " products"),
         "In how many sums this element stands, of all output channels.");
    if (count == 0 || count > most_listed) return;
    const std::vector<FedOutput> list = fed_outputs(p.problem(), focus.element);
    const auto& w = p.result.tensors.weights->values;
    lines("feeds", list.size(), [&](size_t i) {
        ImGui::TextUnformatted(
            cat(element_name(p.problem(), list[i].output), "  × ",
                signed_text(static_cast<double>(w[static_cast<size_t>(list[i].weight)]), 4))
                .c_str());
    });
}

void weight_facts(const Pictures& p, const Pin& focus) {
    value_fact(p, focus);
    const WeightPosition at = weight_position(p.problem(), focus.element);
    fact("joins",
         cat("input ", at.in_channel, " → ",
             p.problem().op() == Operator::separable_conv2d ? "middle " : "output ", at.out_channel));
    const int64_t count = weight_use_count(p.problem(), focus.element);
    fact("used", cat(count, count == 1 ? " time" : " times"));
    if (count == 0 || count > most_listed) return;
    const std::vector<WeightUse> list = weight_uses(p.problem(), focus.element);
    lines("uses", list.size(), [&](size_t i) {
        ImGui::TextUnformatted(cat(view_element_name(p.problem(), {ViewKind::input, list[i].input}), " → ",
                                   element_name(p.problem(), list[i].output))
                                   .c_str());
    });
}

void middle_facts(const Pictures& p, ViewCaches& caches, const Pin& focus) {
    value_fact(p, focus);
    const Problem stage = depthwise_stage(p.problem());
    Tensors tensors = p.result.tensors;
    tensors.bias.reset();
    const SumOfTerms& sum = caches.sum(stage, tensors, focus.element);
    term_lines(sum);
    fact("sum", signed_text(sum.total, 10), "The depthwise stage, added in float64.");
    fact("feeds", cat(p.problem().out_channels(), p.problem().out_channels() == 1 ? " output" : " outputs"),
         "One of each output channel, at the same place.");
}

void pointwise_facts(const Pictures& p, const Pin& focus) {
    value_fact(p, focus);
    const PointwisePosition at = pointwise_position(p.problem(), focus.element);
    fact("joins", cat("middle ", at.in_channel, " → output ", at.out_channel));
    const int64_t count = pointwise_use_count(p.problem());
    fact("used", cat(count, count == 1 ? " time" : " times"));
}

}  // namespace

void fact(const char* title, const std::string& value, const std::string& tip) {
    ImGui::BeginGroup();
    dim_text(title);
    ImGui::SameLine(px(82) + ImGui::GetStyle().WindowPadding.x);
    {
        const WithFont numbers(fonts().numbers);
        ImGui::PushTextWrapPos(0);
        ImGui::TextUnformatted(value.c_str());
        ImGui::PopTextWrapPos();
    }
    ImGui::EndGroup();
    tooltip(tip);
}

void element_facts(const State& state, PanelMemory& memory, Post& post) {
    const auto pictures = present_pictures(state);
    if (!pictures || !state.focus) return;
    const Pin focus = *state.focus;
    if (focus.element < 0 || focus.element >= view_elements(pictures->problem(), focus.view)) return;
    section("Element");
    number(view_element_name(pictures->problem(), focus));
    registry().add_item("inspect.element");
    pin_row(state, focus, post);
    switch (focus.view) {
        case ViewKind::output:
            return output_facts(*pictures, memory.caches, focus.element);
        case ViewKind::input:
            return input_facts(*pictures, focus);
        case ViewKind::weights:
            return weight_facts(*pictures, focus);
        case ViewKind::pointwise:
            return pointwise_facts(*pictures, focus);
        case ViewKind::middle:
            return middle_facts(*pictures, memory.caches, focus);
        case ViewKind::none:
            return;
    }
}

}  // namespace convscope
