#include "gl/tensor_textures.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/text.h"

namespace convscope::gl {
namespace {

constexpr int64_t budget_bytes = 256 << 20;
constexpr int64_t prefetch_bytes = 64 << 20, most_prefetched = 1024;
constexpr size_t most_spare = 8;  // textures kept for the next result

}  // namespace

size_t TensorTextures::KeyHash::operator()(const Key& key) const {
    size_t hash = std::hash<const void*>()(key.owner);
    const PlaneLayout& l = key.index.layout;
    for (const int64_t part :
         {key.index.batch, key.index.channel, l.position, static_cast<int64_t>(l.slicing)})
        hash = hash * 1000003 + static_cast<size_t>(part);
    return hash;
}

const Slice& TensorTextures::slice(const TensorRef& tensor, const SliceIndex& index) {
    const std::shared_ptr<const void> owner = tensor.owner();
    const auto [place, fresh] = entries_.try_emplace(Key{owner.get(), index});
    Entry& entry = place->second;
    entry.frame = frame_;
    if (fresh) {
        entry.owner = owner;
        load(tensor, index, entry);
    }
    return entry.slice;
}

bool TensorTextures::prefetch(const TensorRef& tensor, const SliceIndex& like, double seconds) {
    if (!tensor) return true;
    const gl::Extent extent = tensor.extent();
    const int64_t bytes = 4 * like.layout.rows() * like.layout.columns();
    const int64_t most = std::min(most_prefetched, prefetch_bytes / std::max<int64_t>(bytes, 1));
    const int64_t channels = extent.batch * extent.channels;
    const int64_t present = like.batch * extent.channels + like.channel;
    const int64_t first = std::clamp<int64_t>(present - most / 2, 0, std::max<int64_t>(channels - most, 0));
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    for (int64_t c = first; c < std::min(first + most, channels); ++c) {
        SliceIndex index = like;
        index.batch = c / extent.channels;
        index.channel = c % extent.channels;
        const Key key{tensor.owner().get(), index};
        if (entries_.contains(key)) continue;
        if (std::chrono::steady_clock::now() > end) return false;
        slice(tensor, index);
    }
    return true;
}

void TensorTextures::load(const TensorRef& tensor, const SliceIndex& index, Entry& entry) {
    const Extent extent = tensor.extent();
    const int64_t largest = SliceTexture::largest_side();
    if (!tensor || extent.volume() <= 0) {
        entry.slice.why_not_drawn = "there is nothing to show";
        return;
    }
    const int64_t rows = index.layout.rows(), columns = index.layout.columns();
    if (columns > largest || rows > largest || rows * columns * 4 > budget_bytes) {
        entry.slice.why_not_drawn = cat("a slice of ", rows, "×", columns, " is too large to draw here; ",
                                        largest, " a side and ", bytes_text(budget_bytes), " are allowed");
        return;
    }
    entry.target = take_target(static_cast<int>(columns), static_cast<int>(rows),
                               tensor.output && tensor.device ? tensor.device->name() : std::string());
    SliceTexture& texture = *entry.target.texture;
    entry.slice.texture = &texture;
    if (share(tensor, index, entry.target)) {
        if (!gpu_statistics_) gpu_statistics_ = std::make_unique<GpuStatistics>();
        entry.slice.statistics = gpu_statistics_->of(texture);
        return;
    }
    const float* values = index.layout.slicing == Slicing::depth ? tensor.host() : nullptr;
    std::vector<float> copy;
    if (!values) copy = tensor.read_slice(index);
    const auto count = static_cast<size_t>(rows * columns);
    const std::span<const float> all =
        values ? std::span(values + tensor.channel_start(index) + index.layout.first(), count)
               : std::span<const float>(copy);
    texture.upload(all);
    entry.slice.statistics = statistics_of(all);
    if (index.layout.slicing == Slicing::montage) {
        // Tiles that no slice fills are not data.
        const int64_t empty = rows * columns - index.layout.size[0] * index.layout.size[1] * columns /
                                                   index.layout.tile_columns;
        entry.slice.statistics.not_finite -= empty;
    }
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

bool TensorTextures::share(const TensorRef& tensor, const SliceIndex& index, Target& target) {
    if (!index.layout.rows_are_contiguous() || !tensor.output || !tensor.device ||
        tensor.device->name() == unsharing_device_)
        return false;
    std::string why_not;
    SliceTexture& texture = *target.texture;
    try {
        if (!target.share)
            target.share =
                tensor.device->share_texture(texture.id(), texture.width(), texture.height(), why_not);
        if (target.share) {
            target.share->draw(*tensor.output, tensor.channel_start(index) + index.layout.first(),
                               index.layout.row_pitch());
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

int64_t TensorTextures::bytes_of(const Entry& entry) {
    const SliceTexture* texture = entry.target.texture.get();
    return texture ? int64_t{4} * texture->width() * texture->height() : 0;
}

// Several slices of one tensor hold it: it is an orphan where nobody else does.
bool TensorTextures::orphan(const Entry& entry) const {
    const auto held = held_by_us_.find(entry.owner.get());
    return held != held_by_us_.end() && entry.owner.use_count() <= held->second;
}

void TensorTextures::end_frame() {
    ++frame_;
    held_by_us_.clear();
    for (const auto& [key, entry] : entries_) ++held_by_us_[key.owner];
    std::vector<std::pair<int64_t, Key>> by_age;  // what is held, the last used first
    int64_t held = 0;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        // A tensor that only this cache still holds belongs to a result that is gone.
        const Entry& e = entry->second;
        if (orphan(e) && e.frame + 1 < frame_) {
            put_back(std::move(entry->second.target));
            entry = entries_.erase(entry);
            continue;
        }
        held += bytes_of(e);
        ++entry;
    }
    if (held <= budget_bytes) return;
    for (const auto& [key, entry] : entries_) by_age.emplace_back(-entry.frame, key);
    std::ranges::sort(by_age, {}, [](const auto& pair) { return pair.first; });
    for (; held > budget_bytes && !by_age.empty() && -by_age.back().first + 1 < frame_; by_age.pop_back()) {
        const auto oldest = entries_.find(by_age.back().second);
        held -= bytes_of(oldest->second);
        entries_.erase(oldest);
    }
}

}  // namespace convscope::gl
