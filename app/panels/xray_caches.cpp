#include "panels/xray_caches.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

const std::vector<uint32_t>& element_counts(const sim::ArrayTrace& trace, XrayCaches::Heat kind) {
    return kind == XrayCaches::Heat::shared ? trace.element_shared_reads : trace.element_reads;
}

uint32_t most_of(const std::vector<uint32_t>& counts) {
    return counts.empty() ? 0 : *std::ranges::max_element(counts);
}

}  // namespace

XrayShape xray_shape(const xray::ArrayFacts& facts) {
    const Shape& s = facts.shape;
    // Wide enough that a long array is not a thread: about as wide as high, in steps of what a warp reads.
    int64_t scratch_columns = 64;
    while (scratch_columns * scratch_columns < facts.elements) scratch_columns += 64;
    if (facts.role == BufferRole::pointwise && s.size() >= 2) return {1, 1, {1, s[0], s[1]}};
    if (s.size() == 5) return {s[0], s[1], {s[2], s[3], s[4]}};
    if (s.size() == 4) return {s[0], s[1], {1, s[2], s[3]}};
    if (facts.elements <= scratch_columns) return {1, 1, {1, 1, std::max<int64_t>(facts.elements, 1)}};
    return {1, 1, {1, (facts.elements + scratch_columns - 1) / scratch_columns, scratch_columns}};
}

Axes XrayShape::at(int64_t element) const {
    const int64_t inside = element % volume();
    return {inside / (size[1] * size[2]), inside / size[2] % size[1], inside % size[2]};
}

XrayPlane XrayShape::plane_of(size_t array, int64_t element) const {
    const int64_t plane = element / volume();
    return {array, plane / channels, plane % channels,
            plane_layout(size, Slicing::depth, {at(element)[0], 0, 0})};
}

const XrayTouches& XrayCaches::touches(const xray::BlockXrayPtr& block, const XrayChoice& choice) {
    const auto same_threads = [&] {
        XrayChoice moved = touches_->choice();
        moved.position = choice.position;
        return moved == choice;
    };
    if (touches_ && &touches_->block() == block.get() && same_threads())
        touches_->move_to(choice.position);
    else
        touches_.emplace(block, choice);
    return *touches_;
}

const XrayTouches& XrayCaches::whole(const xray::BlockXrayPtr& block) {
    if (!whole_ || &whole_->block() != block.get()) whole_.emplace(block, xray_choice(XrayView{}, *block));
    return *whole_;
}

void XrayCaches::look_at(const Problem& problem, const std::string& kernel, int step, int64_t block) {
    Looked now{problem, kernel, step, block};
    if (looked_ == now) return;
    looked_ = std::move(now);
    boxes.clear();
    chosen_planes.clear();
    wanted_writer.reset();
}

const std::vector<int64_t>& XrayCaches::unwritten(const xray::CountsPtr& counts, size_t array) {
    if (unwritten_of_ != counts) {
        unwritten_.clear();
        unwritten_of_ = counts;
    }
    const auto [at, is_new] = unwritten_.try_emplace(array);
    if (!is_new || array >= counts->arrays.size()) return at->second;
    const std::vector<uint32_t>& writes = counts->arrays[array].element_writes;
    for (size_t i = 0; i < writes.size(); ++i)
        if (writes[i] == 0) at->second.push_back(static_cast<int64_t>(i));
    return at->second;
}

const XrayRegion& XrayCaches::region(const xray::BlockXrayPtr& block, const XrayPlane& plane) {
    if (regions_of_ != block) {
        regions_.clear();
        regions_of_ = block;
    }
    const auto known = std::ranges::find(regions_, plane, &Region::plane);
    if (known != regions_.end()) return known->region;
    XrayRegion r{INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN};
    const XrayShape shape = xray_shape(block->arrays[plane.array]);
    const int64_t start = shape.plane_start(plane), end = start + shape.volume();
    for (const int64_t e : whole(block).touched(plane.array)) {
        if (e < start || e >= end) continue;
        const auto cell = plane.layout.place(shape.at(e));
        if (!cell) continue;
        r.top = std::min(r.top, cell->row);
        r.left = std::min(r.left, cell->column);
        r.bottom = std::max(r.bottom, cell->row + 1);
        r.right = std::max(r.right, cell->column + 1);
    }
    constexpr size_t most = 64;
    if (regions_.size() == most) regions_.erase(regions_.begin());
    regions_.push_back({plane, r});
    return regions_.back().region;
}

const std::vector<int64_t>& XrayCaches::phases(const xray::BlockXrayPtr& block) {
    if (phases_of_ != block) {
        phases_ = phase_starts(*block);
        phases_of_ = block;
    }
    return phases_;
}

TensorPtr XrayCaches::blank(const Axes& size) {
    TensorPtr& kept = blanks_[size];
    if (!kept) {
        auto made = std::make_shared<Tensor>(Shape{1, 1, size[0], size[1], size[2]});
        std::ranges::fill(made->values, std::nanf(""));
        kept = made;
        constexpr size_t most = 8;
        if (blanks_.size() > most) {
            blanks_.clear();
            blanks_[size] = made;
            return made;
        }
    }
    return kept;
}

TensorPtr XrayCaches::heat(const xray::CountsPtr& counts, size_t array, Heat kind) {
    if (heat_of_ != counts) {
        heat_.clear();
        heat_of_ = counts;
    }
    TensorPtr& kept = heat_[{array, kind}];
    if (kept) return kept;
    const sim::ArrayTrace& trace = counts->arrays[array];
    const std::vector<uint32_t>& values = element_counts(trace, kind);
    const XrayShape shape = xray_shape(counts->array_facts[array]);
    auto made = std::make_shared<Tensor>(shape.shape());
    std::ranges::fill(made->values, std::nanf(""));
    const size_t count = std::min(values.size(), made->values.size());
    for (size_t i = 0; i < count; ++i)
        made->values[i] = static_cast<float>(kind == Heat::ideal ? std::min(values[i], 1u) : values[i]);
    kept = made;
    return kept;
}

const XrayCaches::Reads& XrayCaches::reads(const xray::CountsPtr& counts, size_t array, Heat kind) {
    if (reads_of_ != counts) {
        reads_.clear();
        reads_of_ = counts;
    }
    const auto [at, is_new] = reads_.try_emplace({array, kind});
    if (!is_new) return at->second;
    const std::vector<uint32_t>& values = element_counts(counts->arrays[array], kind);
    for (const uint32_t value : values) at->second.sum += value;
    at->second.most = most_of(values);
    return at->second;
}

uint32_t XrayCaches::heat_scale(const XrayNews& news, const std::string& array) {
    if (peaks_problem_ != news.problem) {
        peaks_.clear();
        peaks_problem_ = news.problem;
    }
    uint32_t scale = 1;
    for (const XrayNews::Compared& row : news.compared) {
        if (!row.counts || (row.counts->broken_on_purpose && row.kernel != news.kernel)) continue;
        Peaks& peaks = peaks_[row.kernel];
        if (peaks.of.lock() != row.counts) {
            peaks.of = row.counts;
            for (const sim::ArrayTrace& trace : row.counts->arrays) {
                uint32_t& most = peaks.most[trace.name];
                most = std::max({most, most_of(trace.element_reads), most_of(trace.element_shared_reads)});
            }
        }
        if (const auto at = peaks.most.find(array); at != peaks.most.end())
            scale = std::max(scale, at->second);
    }
    return scale;
}

}  // namespace convscope
