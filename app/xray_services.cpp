// The X-ray runner's kernels as they are outside of tests.
#include "xray_runner.h"

namespace convscope {
namespace {

class TracedKernel final : public XraySubject {
  public:
    TracedKernel(const std::string& modules, const Problem& problem, const std::string& kernel)
        : kernel_(modules, problem, kernel) {}
    const std::vector<xray::StepFacts>& steps() const override { return kernel_.steps(); }
    const std::vector<xray::ArrayFacts>& arrays() const override { return kernel_.arrays(); }
    int main_step() const override { return kernel_.main_step(); }
    xray::BlockXrayPtr block(int step, int64_t block, const CancelToken& cancel) override {
        return kernel_.block(step, block, cancel);
    }
    xray::BlockXrayPtr beginning(int step, int64_t block, const CancelToken& cancel,
                                 size_t first_requests) override {
        return kernel_.beginning(step, block, cancel, first_requests);
    }
    xray::CountsPtr counts(const CancelToken& cancel) override { return kernel_.counts(cancel); }

  private:
    xray::KernelXray kernel_;
};

}  // namespace

XrayServices xray_services(const std::string& modules_folder) {
    return {.kernels = [modules_folder](Operator op) { return xray::kernels(modules_folder, op); },
            .open =
                [modules_folder](const Problem& problem, const std::string& kernel) {
                    return std::make_unique<TracedKernel>(modules_folder, problem, kernel);
                }};
}

}  // namespace convscope
