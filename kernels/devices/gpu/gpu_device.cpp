#include "devices/gpu/gpu_device.h"

#include <filesystem>
#include <optional>

#include "core/text.h"
#include "devices/default_kernel.h"
#include "devices/gpu/cudnn_peer.h"
#include "devices/gpu/gl_share.h"
#include "devices/gpu/gpu_execution.h"
#include "devices/gpu/measure_ceilings.h"

namespace convscope {
namespace {

class GpuDevice : public Device {
  public:
    GpuDevice(std::shared_ptr<CudaContext> context, std::shared_ptr<const LoadedModule> module,
              CudnnPtr cudnn);
    ~GpuDevice() override { context_->set_free_caches({}); }

    std::string name() const override { return context_->device_name(); }
    std::string description() const override;
    bool measures_time() const override { return true; }
    std::vector<KernelFacts> kernels(Operator op) const override;
    Support supports(const Problem& problem, const std::string& kernel) const override;
    std::string default_kernel(const Problem& problem) const override;
    double bytes_needed(const Problem& problem, const std::string& kernel) const override;
    double bytes_free() const override;
    double scratch_bytes(const Problem& problem, const std::string& kernel) const override;
    std::unique_ptr<Execution> prepare(const Problem& problem, const Tensors& tensors,
                                       const std::string& kernel, const CancelToken& cancel) override;
    Ceilings ceilings() override;
    std::unique_ptr<TextureShare> share_texture(unsigned texture, int width, int height,
                                                std::string& why_not) override;

  private:
    Support supports(const Problem& problem, const KernelEntry& entry) const;
    std::string unknown_kernel(Operator op, const std::string& kernel) const;
    bool is_peer(const std::string& kernel) const { return peer_ && CudnnPeer::is_name(kernel); }

    std::shared_ptr<CudaContext> context_;
    std::shared_ptr<const LoadedModule> module_;
    GpuShared shared_;
    std::unique_ptr<const CudnnPeer> peer_;  // null where there is no cuDNN
    std::shared_ptr<ShareLatch> latch_ = std::make_shared<ShareLatch>();
    std::mutex ceilings_mutex_;
    std::optional<Ceilings> ceilings_;
};

GpuDevice::GpuDevice(std::shared_ptr<CudaContext> context, std::shared_ptr<const LoadedModule> module,
                     CudnnPtr cudnn)
    : context_(std::move(context)),
      module_(std::move(module)),
      shared_{context_, std::make_shared<UploadCache>(context_), std::make_shared<L2Flush>(context_)},
      peer_(cudnn ? std::make_unique<const CudnnPeer>(std::move(cudnn), context_) : nullptr) {
    // Weak, for the context lives in what the caches hold.
    context_->set_free_caches(
        [uploads = std::weak_ptr(shared_.uploads), flush = std::weak_ptr(shared_.flush)] {
            if (const auto cache = uploads.lock()) cache->drop_unused();
            if (const auto buffer = flush.lock()) buffer->free();
        });
}

std::string version_text(int version) {
    return cat(version / 1000, ".", version % 1000 / 10);
}

std::string GpuDevice::description() const {
    const CudaDeviceFacts& facts = context_->facts();
    int driver = 0;
    context_->cuda().driver_version(&driver);
    return cat(facts.name, ", compute capability ", facts.capability_major, ".", facts.capability_minor, ", ",
               facts.multiprocessors, " multiprocessors at up to ", facts.clock_khz / 1000, " MHz, ",
               bytes_text(static_cast<double>(facts.memory_bytes)), ", driver for CUDA ",
               version_text(driver),
               facts.kernels_time_out ? ", drives a display: kernels that take seconds are stopped" : "");
}

std::vector<KernelFacts> GpuDevice::kernels(Operator op) const {
    std::vector<KernelFacts> all;
    for (const KernelEntry& entry : module_->kernels().kernels) {
        const KernelInfo& info = entry.info;
        if (info.op == op)
            all.push_back({op, info.name, info.idea, info.traffic, info.wins_when, info.error,
                           info.repeatable, info.mixes_taps, false, info.source_file});
    }
    if (peer_)
        for (KernelFacts& row : peer_->kernels(op)) all.push_back(std::move(row));
    return all;
}

std::string GpuDevice::unknown_kernel(Operator op, const std::string& kernel) const {
    std::vector<std::string> names;
    for (const KernelFacts& each : kernels(op)) names.push_back(each.name);
    return cat("there is no kernel '", kernel, "' for ", facts(op).name, " on ", name(), "; there ",
               names.size() == 1 ? "is " : "are ", names.empty() ? "none" : joined(names));
}

Support GpuDevice::supports(const Problem& problem, const KernelEntry& entry) const {
    if (Support support = entry.supports(problem); !support) return support;
    for (const Step& step : entry.plan(problem).steps)
        if (Support support = fits(step, context_->facts()); !support) return support;
    return Support::yes();
}

Support GpuDevice::supports(const Problem& problem, const std::string& kernel) const {
    if (is_peer(kernel)) return peer_->supports(problem, kernel);
    const KernelEntry* entry = module_->find(problem.op(), kernel);
    return entry ? supports(problem, *entry) : Support::no(unknown_kernel(problem.op(), kernel));
}

std::string GpuDevice::default_kernel(const Problem& problem) const {
    return fastest_kernel(problem, kernels(problem.op()),
                          [&](const std::string& kernel) { return supports(problem, kernel); });
}

double GpuDevice::bytes_needed(const Problem& problem, const std::string& kernel) const {
    const KernelEntry* entry = module_->find(problem.op(), kernel);
    if (!entry && !is_peer(kernel)) fail_request(unknown_kernel(problem.op(), kernel));
    double bytes = static_cast<double>(GpuOutput::bytes_needed(element_count(problem.output_shape())));
    for (const Shape& shape :
         {problem.input_shape(), problem.weights_shape(), problem.pointwise_shape(), problem.bias_shape()})
        if (!shape.empty()) bytes += static_cast<double>(element_count(shape)) * sizeof(float);
    return bytes + scratch_bytes(problem, kernel);
}

double GpuDevice::scratch_bytes(const Problem& problem, const std::string& kernel) const {
    if (is_peer(kernel)) return CudnnPeer::scratch_bytes(problem);
    const KernelEntry* entry = module_->find(problem.op(), kernel);
    return entry && entry->supports(problem) ? entry->plan(problem).scratch_bytes() : 0;
}

double GpuDevice::bytes_free() const {
    context_->use();
    return static_cast<double>(context_->free_bytes());
}

std::unique_ptr<Execution> GpuDevice::prepare(const Problem& problem, const Tensors& tensors,
                                              const std::string& kernel, const CancelToken& cancel) {
    cancel.check();
    if (const Support support = supports(problem, kernel); !support) fail_request(support.why_not);
    require_shapes(problem, tensors);
    context_->use();
    if (is_peer(kernel)) return peer_->prepare(shared_, problem, tensors, kernel, cancel);
    return std::make_unique<GpuExecution>(shared_, problem, tensors,
                                          module_->find(problem.op(), kernel)->plan(problem), cancel);
}

Ceilings GpuDevice::ceilings() {
    const std::scoped_lock lock(ceilings_mutex_);
    if (!ceilings_) {
        context_->use();
        ceilings_ = measure_ceilings(context_);
    }
    return *ceilings_;
}

std::unique_ptr<TextureShare> GpuDevice::share_texture(unsigned texture, int width, int height,
                                                       std::string& why_not) {
    why_not = latch_->reason();
    if (!why_not.empty()) return nullptr;
    try {
        return share_gl_texture(context_, latch_, texture, width, height);
    } catch (const Error& error) {
        latch_->close(error.what());
        why_not = error.what();
        return nullptr;
    }
}

std::string why_no_device(const CudaFunctions& cuda, CudaCode code) {
    const std::string text = cuda.error_text(code);
    int driver = 0, runtime = 0;
    cuda.driver_version(&driver);
    cuda.runtime_version(&runtime);
    cuda.clear_error();
    if (runtime == 0) return text;  // the table of a machine without CUDA: the reason is its text
    if (driver == 0) return "no NVIDIA driver was found";
    if (code == cuda_old_driver)
        return cat("the NVIDIA driver is for CUDA ", version_text(driver), "; ConvScope was built with CUDA ",
                   version_text(runtime), " and needs a newer driver");
    return cat("the NVIDIA driver gives no GPU: ", text, " (", cuda.error_name(code), ", ", code, ")");
}

void require_capability(const CudaContext& context, int lowest) {
    const CudaDeviceFacts& facts = context.facts();
    if (10 * facts.capability_major + facts.capability_minor < lowest)
        throw Error(ErrorKind::device_missing,
                    cat(facts.name, " has compute capability ", facts.capability_major, ".",
                        facts.capability_minor, "; the gpu module was compiled for ", lowest / 10, ".",
                        lowest % 10, " and newer (CONVSCOPE_CUDA_ARCHITECTURES)"));
}

// What the driver makes: on Linux itself, and on WSL2. Without them CUDA finds nothing either.
bool driver_is_there() {
    return std::filesystem::exists("/dev/nvidiactl") || std::filesystem::exists("/dev/dxg");
}

const CudaFunctions& cuda_of(const LoadedModule& module) {
    const auto function = reinterpret_cast<CudaFunctionsFunction>(module.symbol(cuda_functions_symbol));
    if (!function) throw Error(ErrorKind::device_missing, "the gpu module lacks its table of CUDA functions");
    const CudaFunctions& cuda = *function();
    if (cuda.layout != cuda_functions_layout)
        throw Error(ErrorKind::device_missing,
                    cat("the gpu module's table of CUDA functions has layout ", cuda.layout,
                        "; this program reads ", cuda_functions_layout, ": build it again"));
    return cuda;
}

}  // namespace

std::vector<std::shared_ptr<Device>> make_gpu_devices(const CudaFunctions& cuda,
                                                      std::shared_ptr<const LoadedModule> module,
                                                      std::vector<MissingDevice>& missing,
                                                      const CudnnPtr& cudnn) {
    std::vector<std::shared_ptr<Device>> devices;
    int count = 0;
    if (const CudaCode code = cuda.device_count(&count)) {
        missing.push_back({"gpu", why_no_device(cuda, code)});
        return devices;
    }
    if (count == 0) missing.push_back({"gpu", "the NVIDIA driver found no GPU"});
    for (int ordinal = 0; ordinal < count; ++ordinal) {
        try {
            auto context = std::make_shared<CudaContext>(cuda, ordinal, module);
            require_capability(*context, cuda.lowest_capability);
            devices.push_back(std::make_shared<GpuDevice>(std::move(context), module, cudnn));
        } catch (const Error& error) {
            missing.push_back({ordinal == 0 ? "gpu" : cat("gpu:", ordinal), error.what()});
        }
    }
    return devices;
}

std::vector<std::shared_ptr<Device>> make_gpu_devices(const std::string& module_folder,
                                                      std::vector<MissingDevice>& missing) {
    if (!CONVSCOPE_HAVE_NVCC)
        return make_gpu_devices(
            missing_cuda("the gpu module was not built: nvcc was not found when ConvScope was built"),
            nullptr, missing);
    const std::string path = module_folder + "/gpu.so";
    if (!std::filesystem::exists(path)) {
        missing.push_back({"gpu", cat(driver_is_there() ? "" : "no NVIDIA driver was found, and ",
                                      "the gpu module was not built (", path,
                                      " is not there; the target is convscope_kernels_gpu)")});
        return {};
    }
    try {
        const auto module = std::make_shared<const LoadedModule>(path);
        std::string why_no_peers;  // cudnn_text() says it to whoever asks
        return make_gpu_devices(cuda_of(*module), module, missing, find_cudnn(why_no_peers));
    } catch (const Error& error) {
        missing.push_back({"gpu", error.what()});
        return {};
    }
}

std::string cudnn_text() {
    std::string why_not;
    const CudnnPtr cudnn = find_cudnn(why_not);
    return cudnn ? cudnn->version : cat("missing: ", why_not);
}

}  // namespace convscope
