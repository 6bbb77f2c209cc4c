// The rows of numbers in the problem panel.
#pragma once
#include "panels/state.h"

namespace convscope {

// One row per axis parameter: a field an axis, and the link that keeps them equal.
void axis_row(const State& state, PanelMemory& memory, Post& post, AxisField field, const char* title,
              int64_t most, const char* meaning);
void count_row(const State& state, Post& post, CountField field, const char* title, const char* meaning);
// The sentences of the rules broken by `field` ("stride" for all its axes).
void broken_sentences(const State& state, const std::string& field);
// "14.2 MFLOP".
std::string flops_text(double flops);

}  // namespace convscope
