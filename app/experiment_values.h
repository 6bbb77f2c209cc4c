// Values that the user has typed in: how they come to be, and how they follow a change of the sizes.
#pragma once
#include "experiment.h"

namespace convscope::detail {

// Changes one cell; nothing happens where the problem is illegal, the cell does not exist, or the tensor has
// too many elements to be typed in.
void set_cell(Experiment& experiment, const SetCell& action);
void paste_weights(Experiment& experiment, const PasteWeights& action);
// After a change of the spec: all typed-in values take the shapes of the new problem, where it is one. What
// has then too many elements goes back to its fill.
void fit_values(Experiment& experiment);

}  // namespace convscope::detail
