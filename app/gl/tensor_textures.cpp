#include "gl/tensor_textures.h"

#include <algorithm>
#include <vector>

#include "core/text.h"

namespace convscope::gl {
namespace {

constexpr int64_t budget_bytes = 256 << 20;
constexpr size_t most_spare = 4;  // textures kept for the next result

}  // namespace

const Slice& TensorTextures::slice(const TensorRef& tensor, const SliceIndex& wanted) {
    const SliceIndex index = tensor.clamped(wanted);
    const std::shared_ptr<const void> owner = tensor.owner();
    for (Entry& entry : entries_)
        if (entry.owner == owner && entry.index == index) {
            entry.frame = frame_;
            return entry.slice;
        }
    Entry& entry = entries_.emplace_front();
    entry.owner = owner;
    entry.index = index;
    entry.frame = frame_;
    load(tensor, index, entry);
    return entry.slice;
}

void TensorTextures::load(const TensorRef& tensor, const SliceIndex& index, Entry& entry) {
    const Extent extent = tensor.extent();
    const int64_t largest = SliceTexture::largest_side();
    if (!tensor || extent.plane() <= 0) {
        entry.slice.why_not_drawn = "there is nothing to show";
        return;
    }
    if (extent.width > largest || extent.height > largest || extent.plane() * 4 > budget_bytes) {
        entry.slice.why_not_drawn =
            cat("a slice of ", extent.height, "×", extent.width, " is too large to draw here; ", largest,
                " a side and ", bytes_text(budget_bytes), " are allowed");
        return;
    }
    entry.target = take_target(static_cast<int>(extent.width), static_cast<int>(extent.height),
                               tensor.output && tensor.device ? tensor.device->name() : std::string());
    SliceTexture& texture = *entry.target.texture;
    entry.slice.texture = &texture;
    const int64_t first = tensor.first(index);
    if (share(tensor, first, entry.target)) {
        if (!gpu_statistics_) gpu_statistics_ = std::make_unique<GpuStatistics>();
        entry.slice.statistics = gpu_statistics_->of(texture);
        return;
    }
    const auto count = static_cast<size_t>(extent.plane());
    if (const float* values = tensor.host()) {
        texture.upload({values + first, count});
        entry.slice.statistics = statistics_of({values + first, count});
        return;
    }
    std::vector<float> copy(count);
    tensor.read(first, copy);
    texture.upload(copy);
    entry.slice.statistics = statistics_of(copy);
}

TensorTextures::Target TensorTextures::take_target(int width, int height, const std::string& device) {
    for (size_t i = 0; i < spare_.size(); ++i) {
        const SliceTexture& texture = *spare_[i].texture;
        if (texture.width() != width || texture.height() != height || spare_[i].device != device) continue;
        Target taken = std::move(spare_[i]);
        spare_.erase(spare_.begin() + static_cast<std::ptrdiff_t>(i));
        return taken;
    }
    return {std::make_unique<SliceTexture>(width, height), nullptr, device};
}

void TensorTextures::put_back(Target target) {
    if (!target.texture) return;
    if (spare_.size() >= most_spare) spare_.erase(spare_.begin());
    spare_.push_back(std::move(target));
}

bool TensorTextures::share(const TensorRef& tensor, int64_t first, Target& target) {
    if (!tensor.output || !tensor.device || tensor.device->name() == unsharing_device_) return false;
    std::string why_not;
    SliceTexture& texture = *target.texture;
    try {
        if (!target.share)
            target.share =
                tensor.device->share_texture(texture.id(), texture.width(), texture.height(), why_not);
        if (target.share) {
            target.share->draw(*tensor.output, first, texture.width());
            texture.written_by_device();
            shared_ = true;
            sharing_.clear();
            return true;
        }
    } catch (const Error& error) {
        why_not = error.what();
        target.share.reset();
    }
    shared_ = false;
    sharing_ = why_not;
    unsharing_device_ = tensor.device->name();
    return false;
}

void TensorTextures::end_frame() {
    ++frame_;
    entries_.sort([](const Entry& a, const Entry& b) { return a.frame > b.frame; });
    int64_t held = 0;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        const SliceTexture* texture = entry->target.texture.get();
        const int64_t bytes = texture ? int64_t{4} * texture->width() * texture->height() : 0;
        held += bytes;
        // A tensor that only this cache still holds belongs to a result that is gone.
        const bool orphan = entry->owner.use_count() == 1 && entry->frame + 1 < frame_;
        if (orphan || (held > budget_bytes && entry->frame + 1 < frame_)) {
            if (orphan) put_back(std::move(entry->target));
            entry = entries_.erase(entry);
        } else {
            ++entry;
        }
    }
}

}  // namespace convscope::gl
