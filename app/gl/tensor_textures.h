// The slices that are on the GPU now. Going back to a slice, or looking at it differently, costs no upload.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gl/slice_statistics.h"
#include "gl/slice_texture.h"
#include "gl/tensor_ref.h"

namespace convscope::gl {

struct Slice {
    const SliceTexture* texture = nullptr;
    SliceStatistics statistics;
    std::string why_not_drawn;  // a sentence, where there is no texture
};

class TensorTextures {
  public:
    // Valid until the next call of end_frame.
    const Slice& slice(const TensorRef& tensor, const SliceIndex& index);
    // Brings the tensor's other channels to the GPU ahead of their being looked at, as many as fit into a
    // part of the budget and into `seconds`. True where nothing is left to do.
    bool prefetch(const TensorRef& tensor, const SliceIndex& like, double seconds);
    // Forgets what has not been looked at for longest where more than the budget is held.
    void end_frame();
    // How the output last came to GL: empty where a device wrote it itself, else the reason for the copy.
    const std::string& sharing() const { return sharing_; }
    bool shared() const { return shared_; }

  private:
    // A texture, and how a device writes it: registering one with a device is slow, so both are used again
    // for other slices of the same size.
    struct Target {
        std::unique_ptr<SliceTexture> texture{};
        std::unique_ptr<TextureShare> share{};  // let go before the texture
        std::string device{};
    };
    struct Entry {
        std::shared_ptr<const void> owner;
        Target target{};
        Slice slice{};
        int64_t frame = 0;  // when it was last looked at
    };
    void load(const TensorRef& tensor, const SliceIndex& index, Entry& entry);
    bool share(const TensorRef& tensor, const SliceIndex& index, Target& target);
    static int64_t bytes_of(const Entry& entry);
    bool orphan(const Entry& entry) const;
    Target take_target(int width, int height, const std::string& device);
    void put_back(Target target);

    struct Key {
        const void* owner;
        SliceIndex index;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        size_t operator()(const Key& key) const;
    };
    std::unordered_map<Key, Entry, KeyHash> entries_;
    std::unordered_map<const void*, long> held_by_us_;  // entries of each tensor, in this frame
    std::vector<Target> spare_;
    std::unique_ptr<GpuStatistics> gpu_statistics_;
    int64_t frame_ = 0;
    bool shared_ = false;
    std::string sharing_;
    std::string unsharing_device_;  // sharing failed with this device: not tried again
};

}  // namespace convscope::gl
