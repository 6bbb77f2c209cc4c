// What the X-ray tab's panels work out once and draw many times, and where the user has turned their
// pictures.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "experiment.h"
#include "views/plane.h"
#include "views/xray_map.h"
#include "xray_runner.h"

namespace convscope {

// A plane of an array: the first two axes of its shape, and what is shown of the rest.
struct XrayPlane {
    size_t array = 0;
    int64_t batch = 0, channel = 0;
    PlaneLayout layout{};
    bool operator==(const XrayPlane&) const = default;
};

// How an array's elements stand in planes. Vectors and scratch are one plane; pointwise weights too, C_out
// rows by C_in columns.
struct XrayShape {
    int64_t batches = 1, channels = 1;
    Axes size{1, 1, 1};
    int64_t volume() const { return size[0] * size[1] * size[2]; }
    // Where an element is: its plane, at its own depth.
    XrayPlane plane_of(size_t array, int64_t element) const;
    Axes at(int64_t element) const;
    int64_t plane_start(const XrayPlane& plane) const {
        return (plane.batch * channels + plane.channel) * volume();
    }
    Shape shape() const { return {batches, channels, size[0], size[1], size[2]}; }
};
XrayShape xray_shape(const xray::ArrayFacts& facts);

// Rows and columns [from, to) of a picture.
struct XrayRegion {
    int64_t top = 0, left = 0, bottom = 0, right = 0;
    bool empty() const { return bottom <= top || right <= left; }
};

class XrayCaches {
  public:
    // Of the choice, and of the whole block with all its records.
    const XrayTouches& touches(const xray::BlockXrayPtr& block, const XrayChoice& choice);
    const XrayTouches& whole(const xray::BlockXrayPtr& block);
    // What the block touches of the plane.
    const XrayRegion& region(const xray::BlockXrayPtr& block, const XrayPlane& plane);
    const std::vector<int64_t>& phases(const xray::BlockXrayPtr& block);
    // A tensor of NaN, for arrays whose values are not at hand.
    TensorPtr blank(const Axes& size);
    // Counts of an array's elements as a tensor.
    enum class Heat { global, shared, ideal };  // ideal: once, where it is read at all
    TensorPtr heat(const xray::CountsPtr& counts, size_t array, Heat kind);
    struct Reads {
        int64_t sum = 0;
        uint32_t most = 0;  // of one element
    };
    const Reads& reads(const xray::CountsPtr& counts, size_t array, Heat kind);
    // The most reads, global or shared, that an element of the array has from any kernel of the operator
    // that has been counted; of kernels that are broken on purpose only from the present one. At least 1.
    // The end of the scale of all heat pictures of the array, so that kernels can be compared by colour.
    uint32_t heat_scale(const XrayNews& news, const std::string& array);

    // Another block of another kernel or problem: what the user chose for the old one is forgotten. A trace
    // of the same block that has grown changes nothing. Comes before the pictures are drawn.
    void look_at(const Problem& problem, const std::string& kernel, int step, int64_t block);
    // Output elements that no thread of the counted grid wrote, ascending.
    const std::vector<int64_t>& unwritten(const xray::CountsPtr& counts, size_t array);

    // Where the user has turned a picture; forgotten with the block.
    std::map<std::string, ViewBox> boxes{};
    // A plane that the user has chosen by hand, until another record is present.
    std::map<size_t, XrayPlane> chosen_planes{};
    std::map<size_t, XrayPlane> heat_planes{};
    bool heat_shared = false;  // the row that is shown where there is room for one only
    int64_t chosen_at = -1;  // the request that was present then, as a number
    // An output element that was clicked before anybody knew who writes it: its array and index. The thread
    // is chosen once the whole grid has been counted, unless another block is looked at by then.
    std::optional<std::pair<size_t, int64_t>> wanted_writer{};
    // A fault that was clicked, and the view that it was clicked for: its request and its element are shown
    // once its block has been traced, unless something else is looked at by then.
    struct WantedFault {
        xray::Fault fault;
        XrayView view;
    };
    std::optional<WantedFault> wanted_fault{};
    bool wanted_fault_seen = false;  // its view was reached

  private:
    struct Looked {
        Problem problem;
        std::string kernel;
        int step;
        int64_t block;
        bool operator==(const Looked&) const = default;
    };
    std::optional<Looked> looked_{};
    xray::CountsPtr unwritten_of_{};
    std::map<size_t, std::vector<int64_t>> unwritten_;
    std::optional<XrayTouches> touches_{}, whole_{};
    struct Region {
        XrayPlane plane;
        XrayRegion region;
    };
    std::vector<Region> regions_;
    xray::BlockXrayPtr regions_of_{}, phases_of_{};
    std::vector<int64_t> phases_;
    std::map<Axes, TensorPtr> blanks_;
    xray::CountsPtr heat_of_{};
    std::map<std::pair<size_t, Heat>, TensorPtr> heat_;
    xray::CountsPtr reads_of_{};
    std::map<std::pair<size_t, Heat>, Reads> reads_;
    // The most reads of an array's elements by each kernel. They outlive the counts of single elements.
    struct Peaks {
        std::weak_ptr<const xray::Counts> of{};
        std::map<std::string, uint32_t> most{};
    };
    std::optional<Problem> peaks_problem_{};
    std::map<std::string, Peaks> peaks_;
};

}  // namespace convscope
