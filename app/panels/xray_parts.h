// What the figures' panels of the X-ray tab share.
#pragma once
#include <imgui.h>

#include <string>

#include "panels/state.h"
#include "views/xray_figures.h"

namespace convscope {

// The step of the plan that is looked at.
int chosen_step(const State& state);
// What has been counted of that step: by the whole grid, else by the block that is looked at; nullptr:
// nothing.
const std::vector<xray::Instruction>* chosen_instructions(const State& state);
// "block (3, 0, 1)"
std::string block_words(const xray::StepFacts& step, int64_t block);

// Of a long block only the beginning is known: its figures grow, and it has no verdict yet.
bool is_beginning(const XrayNews& news);
// "the block is still being traced"
const char* why_beginning(const XrayNews& news);
// "about 4 s"; of less than a second nothing.
std::string duration_words(double seconds);

// Where the whole grid of the kernel has not been counted: a button that does, with how long it takes; while
// it is, how far it is and Cancel; the reason where it failed. Nothing otherwise.
void draw_count_control(const State& state, Post& post);
// The same for all kernels of the operator. False: there was nothing to draw.
bool draw_compare_control(const State& state, Post& post);

// A cell of a table: words at the right, in the font for numbers, over a bar of `share` of the cell.
void figure_cell(const std::string& words, double share, const ImVec4& bar, const std::string& tip = {});
// A heading above a column of figures, or of words; `sorted`: 1 ascending, −1 descending. True: it was
// clicked.
bool figure_heading(const std::string& title, const std::string& name, const std::string& tip, int sorted = 0,
                    bool at_left = false);

// The counts of the present step by line: a part of the counts' panel.
void draw_line_table(const State& state, PanelMemory& memory);

}  // namespace convscope
