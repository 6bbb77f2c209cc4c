// A block's X-ray as something to look at: which of its records are played, which elements the chosen threads
// touch, who wrote each word of shared memory, what one request asks for, all in numbers and words.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiment.h"
#include "xray/xray.h"

namespace convscope {

inline constexpr int lanes_of_warp = 32;

// The numbers of an XrayView as this block has them: what does not exist is the nearest that does.
struct XrayChoice {
    int threads = 1, warps = 1;  // of the block
    int warp = -1, thread = -1;  // −1: all
    int64_t records = 0;         // of the block
    int64_t position = 0;        // of them are played
    bool operator==(const XrayChoice&) const = default;
};
XrayChoice xray_choice(const XrayView& view, const xray::BlockXray& block);

// The record that was played last; nullptr before the first.
const sim::TraceRecord* present_record(const xray::BlockXray& block, const XrayChoice& choice);
// Whether the chosen warp or thread takes part; everybody meets at a barrier.
bool takes_part(const sim::TraceRecord& record, const XrayChoice& choice);
// The position one record of the choice later (`by` > 0) or earlier; the same where there is none later, 0
// where there is none earlier.
int64_t stepped(const xray::BlockXray& block, const XrayChoice& choice, int by);
// Where each phase begins, as a position, and at last the number of records: a barrier ends a phase.
std::vector<int64_t> phase_starts(const xray::BlockXray& block);

// Which elements of the block's arrays and which words of its shared memory the chosen threads have touched
// so far. Moving on costs what is new; moving back starts again.
class XrayTouches {
  public:
    struct Touch {
        int8_t lane = -1;  // the last one; −1: nobody
        int16_t warp = 0;
        int writer = -1;  // the thread of the block that wrote it last; −1: none
    };
    struct Word {
        int thread = -1;          // that wrote it last; −1: nobody
        uint64_t offset = 0;      // the instruction that did
        int16_t copy_array = -1;  // what a load found there: an element of an array
        int64_t copy_element = -1;
    };
    XrayTouches(xray::BlockXrayPtr block, const XrayChoice& choice);
    // The same block and threads at another position.
    void move_to(int64_t position);
    const xray::BlockXray& block() const { return *block_; }
    const XrayChoice& choice() const { return choice_; }
    // Elements of an array in the order in which they were first touched.
    const std::vector<int64_t>& touched(size_t array) const { return arrays_[array].order; }
    Touch touch(size_t array, int64_t element) const;
    // Shared memory by 4-byte word: written by whom, whoever is chosen.
    const std::vector<Word>& words() const { return words_; }
    // Words that the present record asks for, by lane.
    struct Asked {
        int64_t word;
        int lane;
    };
    const std::vector<Asked>& asked_words() const { return asked_; }

  private:
    struct Cell {
        int64_t record = -1;
        int8_t lane = -1;
        int16_t warp = 0;
        int writer = -1;
    };
    // Pages, because a block touches few of many elements.
    static constexpr int64_t page_elements = 1024;
    struct Array {
        int64_t elements = 0;
        std::vector<std::unique_ptr<std::array<Cell, page_elements>>> pages{};
        std::vector<int64_t> order{};
        Cell& cell(int64_t element);
    };
    void restart();
    void play(int64_t record);
    void play_shared(const sim::TraceRecord& record, int lane);

    xray::BlockXrayPtr block_;
    XrayChoice choice_;
    int64_t played_ = 0;
    std::vector<Array> arrays_;
    std::vector<Word> words_;
    std::vector<Asked> asked_;
};

// Which thread of the grid writes an output element: what the whole block touches tells of its own, the
// counts of all, whose main step has `main_threads` a block. Empty where neither knows.
struct XrayWriter {
    int64_t block = 0;
    int thread = 0;
    bool operator==(const XrayWriter&) const = default;
};
std::optional<XrayWriter> writer_of(const xray::Counts* counts, int64_t main_threads,
                                    const XrayTouches& whole_block, size_t array, int64_t element);

// "input[0,1,4,7]"; of scratch "columns[120]".
std::string element_name(const xray::ArrayFacts& array, int64_t element);
// "tile[1][3]"; "dynamic[17]": in words of 4 bytes where sizes are not known.
std::string shared_name(const xray::BlockXray& block, int64_t byte);
// "(1, 0, 2)"; only as many numbers as the grid has axes: "(12)".
std::string dim_place(const Dim3& dims, int64_t number);
// "6×64×3"
std::string dim_text(const Dim3& dims);
// "2,304"
std::string grouped_digits(int64_t number);
// "conv2d/naive.cu:60"; empty where nothing is known.
std::string place_name(const std::vector<xray::SourcePlace>& places);

// Where a record stands in the text, also where nothing is counted there because it is a fault; empty: not
// known.
const std::vector<xray::SourcePlace>& record_places(const xray::BlockXray& block,
                                                    const sim::TraceRecord& record);
// "warp 3, request 128 of 2,304, phase 2"
std::string position_words(const xray::BlockXray& block, const XrayChoice& choice);
// "32 lanes ask for 128 bytes in 5 sectors; 4 would do."
std::string request_words(const xray::BlockXray& block, const sim::TraceRecord& record);

// The 32-byte sectors of one array that a request touches, by ascending place.
struct RequestSector {
    int array = 0;
    int64_t begin = 0;   // byte in the array
    uint32_t bytes = 0;  // a bit for each byte that is asked for
};
std::vector<RequestSector> sectors_of(const sim::TraceRecord& record);
// The distinct words that a request asks of each bank.
std::vector<std::vector<int64_t>> bank_words(const sim::TraceRecord& record);

}  // namespace convscope
