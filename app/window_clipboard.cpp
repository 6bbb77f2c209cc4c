// What goes to the clipboard and comes from it: code, lines for a shell, numbers.
#include <imgui.h>

#include "core/errors.h"
#include "core/text.h"
#include "export/command_line.h"
#include "export/matrix_text.h"
#include "export/pytorch_code.h"
#include "panels/pictures.h"
#include "window_app.h"

namespace convscope {
namespace {

constexpr int64_t most_copied = 1 << 20;

// The slice of a view, as rows with tabs between: spreadsheets and numpy.loadtxt read it.
std::string slice_text(const gl::TensorRef& tensor, const gl::SliceIndex& index) {
    const int64_t rows = index.layout.rows(), columns = index.layout.columns();
    if (rows * columns > most_copied)
        fail_request(cat("a slice of ", rows, "×", columns, " is too large for the clipboard; ", most_copied,
                         " values are allowed; save the tensor as .npy instead"));
    return matrix_text(rows, columns, tensor.read_slice(index), MatrixFormat::tabs);
}

}  // namespace

void App::copy_values(const std::string& name) {
    const State present = state();
    const auto pictures = present_pictures(present);
    const ViewKind view = canvas_named(cat("view.", name));
    if (!pictures || view == ViewKind::none || !tensor_of(*pictures, view))
        fail_request(cat("there are no values of '", name, "' to copy"));
    const gl::SliceIndex index = slice_of(pictures->planes, view);
    ImGui::SetClipboardText(slice_text(tensor_of(*pictures, view), index).c_str());
    notify(cat("Copied ", index.layout.rows(), "×", index.layout.columns(), " values of the ", name));
}

void App::paste_weights() {
    const char* text = ImGui::GetClipboardText();
    const Matrix matrix = parse_matrix(text ? text : "");
    act(PasteWeights{matrix.rows, matrix.columns, matrix.values});
    const std::vector<BrokenRule> broken = broken_rules(experiment().spec);
    if (!broken.empty())
        fail_request(cat("a ", matrix.rows, "×", matrix.columns,
                         " kernel does not fit here: ", broken.front().sentence));
    notify(cat("Pasted a ", matrix.rows, "×", matrix.columns, " weight matrix"));
}

bool App::clipboard_command(const Command& wanted) {
    using Kind = Command::Kind;
    const auto copy = [&](const std::string& text, const char* done) {
        ImGui::SetClipboardText(text.c_str());
        notify(done);
    };
    const KernelResult* row = shown();
    try {
        switch (wanted.kind) {
            case Kind::copy_pytorch:
                copy(pytorch_code(experiment()), "Copied the problem as PyTorch code");
                return true;
            case Kind::copy_command_line:
                copy(command_line(experiment(), row ? std::optional(row->choice) : std::nullopt),
                     "Copied the problem as a command line");
                return true;
            case Kind::copy_values:
                copy_values(wanted.name);
                return true;
            case Kind::copy_comparison:
                copy(comparison_csv(state()), "Copied the counts of all kernels as CSV");
                return true;
            case Kind::paste_weights:
                paste_weights();
                return true;
            default:
                return false;
        }
    } catch (const Error& error) {
        banner_ = error.what();
        return true;
    }
}

}  // namespace convscope
