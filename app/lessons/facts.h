// What lessons' expressions can ask of the program: one table of names.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiment.h"
#include "run/run.h"
#include "xray_runner.h"

namespace convscope::lessons {

// The program as a step sees it. Everything is as of one frame.
struct Laboratory {
    const Experiment* experiment = nullptr;  // never null
    const Experiment* start = nullptr;       // as the step began; null: the same
    const Devices* devices = nullptr;        // null until they have been looked for
    ResultPtr result{};                      // of this experiment; empty until its first output is there
    const KernelResult* shown = nullptr;     // the row of it whose output is drawn
    std::string failure{};                   // why there will be no result: a sentence; else empty
    std::shared_ptr<const XrayNews> xray{};  // of this problem; empty until something is known
    std::optional<double> answer{};
    std::optional<Pin> cell{};  // the element that was clicked as an answer
};

// A name without arguments. Empty where it is not known yet.
struct Fact {
    const char* name;     // "output.height"
    const char* meaning;  // one line, for the list of names
    std::optional<double> (*value)(const Laboratory& laboratory);
    bool of_experiment = false;  // start. can stand before it
};
std::span<const Fact> facts();
// A function of numbers (an element's place) or of a name.
struct PlaceFact {
    const char* name;  // "output_at"
    const char* meaning;
    std::optional<double> (*value)(const Laboratory& laboratory, std::span<const int64_t> place);
};
std::span<const PlaceFact> place_facts();
struct NamedFact {
    const char* name;  // "time_ms"
    const char* meaning;
    std::optional<double> (*value)(const Laboratory& laboratory, const std::string& of);
    bool of_experiment = false;
    bool of_counts = false;  // of a kernel's whole grid, which somebody has to count first
};
std::span<const NamedFact> named_facts();
// Words that stand for themselves: operators, tabs, views, modes, methods, panels. No two have one number.
struct Word {
    std::string name;
    double number;
};
std::span<const Word> words();
// Of one of them. Throws Error(failed) for any other.
double word(const std::string& name);
// A value as it stands in a text: a word by its name, whole numbers with all digits, others with four.
std::string value_text(double value);

}  // namespace convscope::lessons
