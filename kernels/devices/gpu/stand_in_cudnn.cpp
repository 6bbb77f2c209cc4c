#include "devices/gpu/stand_in_cudnn.h"

#include <bit>
#include <functional>

#include "core/text.h"

namespace convscope {
namespace {

StandInCudnn* current = nullptr;

constexpr cudnn::Status shape_mismatch = 2008;

int64_t elements(const std::vector<int>& sizes) {
    int64_t count = 1;
    for (const int size : sizes) count *= size;
    return count;
}

// Depth, height and width behind the first two sizes; 1 for the depth that a 2D tensor lacks.
std::vector<int> three(std::vector<int> axes, int missing) {
    if (axes.size() == 2) axes.insert(axes.begin(), missing);
    return axes;
}
std::vector<int> space(const std::vector<int>& sizes) {
    return three({sizes.begin() + 2, sizes.end()}, 1);
}

// TF32 of the hardware where nobody rounds first: the 13 lowest bits do not count.
float cut(float value, int math) {
    return math == cudnn::fma_math ? value
                                   : std::bit_cast<float>(std::bit_cast<uint32_t>(value) & 0xFFFF'E000u);
}

}  // namespace

// The library's functions. A convolution relates a near tensor x (N, C, …) to a far one y (N, K, …) by
// weights (K, C/groups, …): forward makes y of x, backward data the gradient of x of that of y.
struct StandInCudnnCalls {
    using Object = StandInCudnn::Object;
    using Status = cudnn::Status;

    template <class Handle>
    static Object& at(Handle handle) {
        const auto found = current->objects_.find(handle);
        static Object none;
        if (found != current->objects_.end()) return found->second;
        current->mistake("use of an object that is not there");
        return none = {};
    }

    template <class Handle>
    static Status make(const char* function, Handle* handle) {
        if (const Status status = current->begin(function)) return status;
        *handle = reinterpret_cast<Handle>(new char);
        current->objects_[*handle] = {};
        return cudnn::success;
    }

    template <class Handle>
    static Status end(const char* function, Handle handle) {
        const Status status = current->begin(function);
        if (current->objects_.erase(handle) == 0) return current->mistake(cat(function, " of none"));
        delete reinterpret_cast<char*>(handle);
        return status;
    }

    static Status set_stream(cudnn::Handle handle, StreamHandle stream) {
        if (const Status status = current->begin("set_stream")) return status;
        if (!current->cuda_.has_stream(stream)) return current->mistake("a stream that is not there");
        at(handle).stream = stream;
        return cudnn::success;
    }

    static Status set_tensor(cudnn::Tensor tensor, int type, int count, const int* sizes,
                             const int* strides) {
        if (const Status status = current->begin("set_tensor")) return status;
        Object& object = at(tensor);
        object.sizes.assign(sizes, sizes + count);
        object.strides.assign(strides, strides + count);
        int64_t expected = 1;
        for (int axis = count; axis-- > 0; expected *= sizes[axis])
            if (sizes[axis] < 1 || strides[axis] != expected || type != cudnn::data_float)
                return current->mistake("a tensor of another layout than N C (D) H W");
        return cudnn::success;
    }

    static Status set_filter(cudnn::Filter filter, int type, int format, int count, const int* sizes) {
        if (const Status status = current->begin("set_filter")) return status;
        at(filter).sizes.assign(sizes, sizes + count);
        if (type != cudnn::data_float || format != cudnn::format_nchw)
            return current->mistake("weights of another layout than K C (D) H W");
        return cudnn::success;
    }

    static Status set_convolution(cudnn::Convolution convolution, int axes, const int* padding,
                                  const int* stride, const int* dilation, int mode, int type) {
        if (const Status status = current->begin("set_convolution")) return status;
        Object& object = at(convolution);
        object.padding.assign(padding, padding + axes);
        object.stride.assign(stride, stride + axes);
        object.dilation.assign(dilation, dilation + axes);
        if (mode != cudnn::cross_correlation || type != cudnn::data_float)
            return current->mistake("a convolution that flips its weights, or of another type");
        return cudnn::success;
    }

    // Whether the descriptors fit each other, as cuDNN's reference demands.
    static Status match(const Object& x, const Object& w, const Object& c, const Object& y) {
        const size_t count = x.sizes.size();
        if ((count != 4 && count != 5) || w.sizes.size() != count || y.sizes.size() != count ||
            c.stride.size() + 2 != count)
            return shape_mismatch;
        if (x.sizes[0] != y.sizes[0] || y.sizes[1] != w.sizes[0] || x.sizes[1] != w.sizes[1] * c.groups ||
            w.sizes[0] % c.groups != 0)
            return shape_mismatch;
        for (size_t axis = 0; axis + 2 < count; ++axis) {
            const int room =
                x.sizes[axis + 2] + 2 * c.padding[axis] - c.dilation[axis] * (w.sizes[axis + 2] - 1) - 1;
            if (room < 0 || room / c.stride[axis] + 1 != y.sizes[axis + 2]) return shape_mismatch;
        }
        return cudnn::success;
    }

    static Status workspace(const char* function, cudnn::Handle handle, const Object& x, const Object& w,
                            const Object& c, const Object& y, int algorithm, size_t* bytes) {
        if (const Status status = current->begin(function)) return status;
        at(handle);
        if (current->refused_when_asked.count(algorithm)) return cudnn::not_supported;
        if (const Status status = match(x, w, c, y)) return status;
        *bytes = current->workspace_bytes.at(static_cast<size_t>(algorithm));
        return cudnn::success;
    }

    // Calls tap(x index, w index, y index) for every product of the convolution.
    static void for_each_tap(const Object& x, const Object& w, const Object& c, const Object& y,
                             const std::function<void(int64_t, int64_t, int64_t)>& tap) {
        const std::vector<int> in = space(x.sizes), k = space(w.sizes), out = space(y.sizes);
        const std::vector<int> pad = three(c.padding, 0), stride = three(c.stride, 1),
                               dilation = three(c.dilation, 1);
        const int per_group = w.sizes[0] / c.groups;
        for (int64_t n = 0; n < y.sizes[0]; ++n)
            for (int64_t m = 0; m < y.sizes[1]; ++m)
                for (int64_t at = 0; at < elements(out); ++at)
                    for (int64_t ci = 0; ci < w.sizes[1]; ++ci)
                        for (int64_t t = 0; t < elements(k); ++t) {
                            const int64_t o[]{at / out[2] / out[1], at / out[2] % out[1], at % out[2]};
                            const int64_t i[]{t / k[2] / k[1], t / k[2] % k[1], t % k[2]};
                            int64_t from = n * x.sizes[1] + m / per_group * w.sizes[1] + ci;
                            bool inside = true;
                            for (int axis = 0; axis < 3; ++axis) {
                                const int64_t p =
                                    o[axis] * stride[axis] - pad[axis] + i[axis] * dilation[axis];
                                inside &= p >= 0 && p < in[axis];
                                from = from * in[axis] + p;
                            }
                            if (inside)
                                tap(from, (m * w.sizes[1] + ci) * elements(k) + t,
                                    (n * y.sizes[1] + m) * elements(out) + at);
                        }
    }

    struct Call {
        bool backward;
        cudnn::Handle handle;
        const void *alpha, *beta;
        const Object &x, &w, &c, &y;
        const void* from;
        const void* weights;
        void* to;
        int algorithm;
        void* workspace;
        size_t bytes;
    };

    static Status check(const Call& call) {
        const auto inside = [](const void* memory, const Object& of) {
            return current->cuda_.inside(memory, elements(of.sizes) * int64_t{sizeof(float)});
        };
        const Object &source = call.backward ? call.y : call.x, &target = call.backward ? call.x : call.y;
        if (!inside(call.from, source) || !inside(call.weights, call.w) || !inside(call.to, target))
            return current->mistake("a convolution outside of allocated memory");
        const size_t wanted = current->workspace_bytes.at(static_cast<size_t>(call.algorithm));
        if (call.bytes < wanted ||
            (wanted > 0 && !current->cuda_.inside(call.workspace, static_cast<int64_t>(wanted))))
            return current->mistake("a workspace that is too small");
        if (*static_cast<const float*>(call.alpha) != 1 || *static_cast<const float*>(call.beta) != 0)
            return current->mistake("a convolution that is scaled, or added to what was there");
        if (!current->cuda_.has_stream(at(call.handle).stream))
            return current->mistake("a convolution on a stream that is gone");
        return match(call.x, call.w, call.c, call.y);
    }

    static Status convolve(const char* function, const Call& call) {
        if (const Status status = current->begin(function)) return status;
        if (current->refused_when_run.count(call.algorithm)) return cudnn::not_supported;
        if (const Status status = check(call)) return status;
        const Object& target = call.backward ? call.x : call.y;
        const auto *from = static_cast<const float*>(call.from),
                   *weights = static_cast<const float*>(call.weights);
        auto* to = static_cast<float*>(call.to);
        std::vector<double> sums(static_cast<size_t>(elements(target.sizes)));
        const int math = call.c.math;
        for_each_tap(call.x, call.w, call.c, call.y, [&](int64_t x, int64_t w, int64_t y) {
            const int64_t source = call.backward ? y : x, sum = call.backward ? x : y;
            sums[static_cast<size_t>(sum)] += double{cut(from[source], math)} * cut(weights[w], math);
        });
        for (size_t i = 0; i < sums.size(); ++i) to[i] = static_cast<float>(sums[i]);
        const double ms = (call.backward ? current->backward_ms : current->forward_ms)
                              .at(static_cast<size_t>(call.algorithm));
        current->cuda_.pass_time(ms * (math == cudnn::fma_math ? 1 : current->tf32_share));
        current->runs_.push_back({call.backward, call.algorithm, math});
        return cudnn::success;
    }

    static Status add_tensor(cudnn::Handle handle, const void* alpha, cudnn::Tensor a_sizes, const void* a,
                             const void* beta, cudnn::Tensor c_sizes, void* c) {
        if (const Status status = current->begin("add_tensor")) return status;
        at(handle);
        const std::vector<int>&bias = at(a_sizes).sizes, &sizes = at(c_sizes).sizes;
        const int64_t plane = elements(sizes) / sizes[0] / sizes[1];
        if (elements(bias) != sizes[1] || bias[1] != sizes[1] ||
            !current->cuda_.inside(a, elements(bias) * 4) || !current->cuda_.inside(c, elements(sizes) * 4) ||
            *static_cast<const float*>(alpha) != 1 || *static_cast<const float*>(beta) != 1)
            return current->mistake("a bias of another size, or outside of allocated memory");
        for (int64_t i = 0; i < elements(sizes); ++i)
            static_cast<float*>(c)[i] += static_cast<const float*>(a)[i / plane % sizes[1]];
        return cudnn::success;
    }

    static cudnn::Functions functions();
};

cudnn::Functions StandInCudnnCalls::functions() {
    using namespace cudnn;
    Functions f;
    f.get_version = [] { return size_t{91900}; };
    f.get_error_string = [](Status) { return "STAND_IN_STATUS"; };
    f.create = [](Handle* handle) { return make("create", handle); };
    f.destroy = [](Handle handle) { return end("destroy", handle); };
    f.set_stream = set_stream;
    f.create_tensor = [](Tensor* tensor) { return make("create_tensor", tensor); };
    f.destroy_tensor = [](Tensor tensor) { return end("destroy_tensor", tensor); };
    f.set_tensor = set_tensor;
    f.create_filter = [](Filter* filter) { return make("create_filter", filter); };
    f.destroy_filter = [](Filter filter) { return end("destroy_filter", filter); };
    f.set_filter = set_filter;
    f.create_convolution = [](Convolution* made) { return make("create_convolution", made); };
    f.destroy_convolution = [](Convolution made) { return end("destroy_convolution", made); };
    f.set_convolution = set_convolution;
    f.set_groups = [](Convolution convolution, int groups) -> Status {
        at(convolution).groups = groups;
        return current->begin("set_groups");
    };
    f.set_math = [](Convolution convolution, int math) -> Status {
        at(convolution).math = math;
        return current->begin("set_math");
    };
    f.forward_workspace = [](Handle handle, Tensor x, Filter w, Convolution c, Tensor y, int algorithm,
                             size_t* bytes) {
        return workspace("forward_workspace", handle, at(x), at(w), at(c), at(y), algorithm, bytes);
    };
    f.backward_data_workspace = [](Handle handle, Filter w, Tensor dy, Convolution c, Tensor dx,
                                   int algorithm, size_t* bytes) {
        return workspace("backward_data_workspace", handle, at(dx), at(w), at(c), at(dy), algorithm, bytes);
    };
    f.forward = [](Handle handle, const void* alpha, Tensor x_sizes, const void* x, Filter w_sizes,
                   const void* w, Convolution c, int algorithm, void* memory, size_t bytes, const void* beta,
                   Tensor y_sizes, void* y) {
        return convolve("forward", {false, handle, alpha, beta, at(x_sizes), at(w_sizes), at(c), at(y_sizes),
                                    x, w, y, algorithm, memory, bytes});
    };
    f.backward_data = [](Handle handle, const void* alpha, Filter w_sizes, const void* w, Tensor dy_sizes,
                         const void* dy, Convolution c, int algorithm, void* memory, size_t bytes,
                         const void* beta, Tensor dx_sizes, void* dx) {
        return convolve("backward_data", {true, handle, alpha, beta, at(dx_sizes), at(w_sizes), at(c),
                                          at(dy_sizes), dy, w, dx, algorithm, memory, bytes});
    };
    f.add_tensor = add_tensor;
    return f;
}

StandInCudnn::StandInCudnn(StandInCuda& cuda) : cuda_(cuda) {
    current = this;
}

StandInCudnn::~StandInCudnn() {
    for (const auto& [handle, object] : objects_) delete static_cast<const char*>(handle);
    current = nullptr;
}

CudnnPtr StandInCudnn::library() {
    return std::make_shared<const CudnnLibrary>(CudnnLibrary{StandInCudnnCalls::functions(), "9.19.0"});
}

void StandInCudnn::fail_call(int n, cudnn::Status status) {
    fail_function_.clear();
    fail_at_ = calls_ + n;
    fail_status_ = status;
}

void StandInCudnn::fail_call_of(const std::string& function, int n, cudnn::Status status) {
    fail_function_ = function;
    fail_at_ = calls_of(function) + n;
    fail_status_ = status;
}

int StandInCudnn::calls_of(const std::string& function) const {
    const auto found = calls_of_.find(function);
    return found == calls_of_.end() ? 0 : found->second;
}

cudnn::Status StandInCudnn::begin(const std::string& function) {
    ++calls_;
    const int of_function = ++calls_of_[function];
    const bool hit =
        fail_function_.empty() ? calls_ == fail_at_ : function == fail_function_ && of_function == fail_at_;
    if (!hit) return cudnn::success;
    failed_function_ = function;
    return fail_status_;
}

cudnn::Status StandInCudnn::mistake(const std::string& sentence) {
    cuda_.mistake(sentence);
    return cudnn::bad_parameter;
}

}  // namespace convscope
