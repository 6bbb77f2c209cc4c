// The parts of the table of names, each in the file of what it asks.
#pragma once
#include <array>
#include <span>

#include "core/problem.h"
#include "experiment_names.h"
#include "lessons/facts.h"

namespace convscope::lessons {

std::span<const Fact> experiment_facts();
std::span<const NamedFact> experiment_named_facts();
std::span<const Fact> result_facts();
std::span<const PlaceFact> result_place_facts();
std::span<const NamedFact> result_named_facts();
std::span<const Fact> xray_facts();
std::span<const NamedFact> xray_named_facts();

// The experiment as a problem; empty where it breaks rules.
std::optional<Problem> problem_of(const Experiment& experiment);
// "cpu onednn". Throws Error(request) where it has another form.
KernelChoice choice_of(const std::string& name, const char* of);
// As result_place_facts() and the look's elements mean it: (batch, channel, [depth,] row, column). Throws
// Error(request) where `place` has as many numbers as no tensor of `shape`, or lies outside; `what` is the
// tensor's name in the sentence.
int64_t element_at(const Shape& shape, std::span<const int64_t> place, const std::string& what);
// Number `index` of a shape, as (batch, channel, depth, row, column): without depth it is 0.
std::array<int64_t, 5> place_of(const Shape& shape, int64_t element);

// The output's modes, as lessons name them.
inline constexpr auto mode_words = [] {
    auto words = mode_names;
    words[static_cast<size_t>(OutputMode::value)] = "values";
    return words;
}();

}  // namespace convscope::lessons
