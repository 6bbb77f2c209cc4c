#include "cli/bench_serve.h"

#include <iostream>
#include <string>

#include "cli/command.h"
#include "core/text.h"

namespace convscope::cli {

int bench_serve(Device& device, const std::string& kernel, const Problem& problem, const Tensors& tensors,
                bool cold, std::istream& in, std::ostream& out) {
    if (!device.measures_time()) fail_request(cat("--serve: ", device.name(), " counts; it does not time"));
    if (const Support support = device.supports(problem, kernel); !support) fail_request(support.why_not);
    const CancelToken& cancel = interrupt_token();
    const auto execution = device.prepare(problem, tensors, kernel, cancel);
    execution->time(1, cold, cancel);
    out << "ready" << std::endl;
    for (std::string line; std::getline(in, line);)
        for (const double ms : execution->time(1, cold, cancel)) out << number_text(ms, 6) << std::endl;
    return exit_done;
}

}  // namespace convscope::cli
