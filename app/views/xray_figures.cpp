#include "views/xray_figures.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>

#include "core/text.h"
#include "views/xray_map.h"

namespace convscope {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr int sector_bytes = 32;

double over(int64_t part, int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : none;
}

constexpr auto count = FigureForm::count;
constexpr auto bytes = FigureForm::bytes;
constexpr auto ratio = FigureForm::ratio;

using C = const XrayCounted&;
constexpr std::array<XrayFigure, 24> figures{{
    {"input_reads", "input reads", "input reads", count, false,
     "Elements of the input that threads read from global memory.",
     [](C c) { return static_cast<double>(c.totals.input_reads); }},
    {"reads_per_output", "input reads per output", "reads", ratio, true,
     "How often an element of the input is read from global memory for one element of the output. What "
     "shared memory and registers keep is not read again.",
     [](C c) { return over(c.totals.input_reads, c.outputs); }},
    {"weight_reads", "weight reads", "weight reads", count, false,
     "Elements of the weights that threads read from global memory.",
     [](C c) { return static_cast<double>(c.totals.weight_reads); }},
    {"output_writes", "output writes", "output writes", count, false,
     "Elements of the output that threads write.",
     [](C c) { return static_cast<double>(c.totals.output_writes); }},
    {"load_requests", "load requests", "loads", count, true,
     "Warp requests that load from global memory: one instruction, executed once by the lanes of a warp "
     "that run together.",
     [](C c) { return static_cast<double>(c.totals.load_requests); }},
    {"load_sectors", "load sectors", "load sectors", count, false,
     "Pieces of 32 bytes that the load requests touch, each counted once a request.",
     [](C c) { return static_cast<double>(c.totals.load_sectors); }},
    {"sectors_per_load", "sectors per load request", "sectors", ratio, true,
     "Pieces of 32 bytes that a load request touches on average: 4 where 32 lanes read 32 neighbouring "
     "floats, 1 where all read the same one, 32 where each reads far from the others.",
     [](C c) { return over(c.totals.load_sectors, c.totals.load_requests); }},
    {"ideal_per_load", "ideal", "ideal", ratio, true,
     "The fewest pieces of 32 bytes that could hold what a load request asks for, on average.",
     [](C c) { return over(c.totals.load_sectors_ideal, c.totals.load_requests); }},
    {"store_requests", "store requests", "stores", count, false, "Warp requests that store to global memory.",
     [](C c) { return static_cast<double>(c.totals.store_requests); }},
    {"store_sectors", "store sectors", "store sectors", count, false,
     "Pieces of 32 bytes that the store requests touch, each counted once a request.",
     [](C c) { return static_cast<double>(c.totals.store_sectors); }},
    {"sectors_per_store", "sectors per store request", "sectors/store", ratio, false,
     "Pieces of 32 bytes that a store request touches on average.",
     [](C c) { return over(c.totals.store_sectors, c.totals.store_requests); }},
    {"ideal_per_store", "ideal", "ideal", ratio, false,
     "The fewest pieces of 32 bytes that could hold what a store request writes, on average.",
     [](C c) { return over(c.totals.store_sectors_ideal, c.totals.store_requests); }},
    {"load_bytes", "bytes asked for by loads", "asked by loads", bytes, false,
     "What the lanes load from global memory, each lane's bytes counted.",
     [](C c) { return static_cast<double>(c.totals.load_bytes); }},
    {"store_bytes", "bytes asked for by stores", "asked by stores", bytes, false,
     "What the lanes store to global memory, each lane's bytes counted.",
     [](C c) { return static_cast<double>(c.totals.store_bytes); }},
    {"load_moved", "bytes moved by loads", "moved by loads", bytes, false,
     "The sectors of all load requests, 32 bytes each.",
     [](C c) { return static_cast<double>(c.totals.load_sectors * sector_bytes); }},
    {"store_moved", "bytes moved by stores", "moved by stores", bytes, false,
     "The sectors of all store requests, 32 bytes each.",
     [](C c) { return static_cast<double>(c.totals.store_sectors * sector_bytes); }},
    {"bytes_moved", "bytes moved", "moved", bytes, true,
     "The sectors of all load and store requests, 32 bytes each. Counted per request: no cache is modelled, "
     "so a GPU's memory moves less where caches hold what is asked for again.",
     [](C c) {
         return static_cast<double>((c.totals.load_sectors + c.totals.store_sectors) * sector_bytes);
     }},
    {"shared_requests", "shared memory requests", "shared", count, true,
     "Warp requests that load from or store to shared memory.",
     [](C c) { return static_cast<double>(c.totals.shared_requests); }},
    {"shared_conflicts", "bank conflicts", "conflicts", count, false,
     "Passes over the first one that shared memory needs, because lanes ask for different words of the "
     "same bank.",
     [](C c) { return static_cast<double>(c.totals.shared_conflicts); }},
    {"conflict_ways", "passes per shared request", "passes", ratio, true,
     "Passes that a request to shared memory takes on average: 1 without bank conflicts, 32 where all lanes "
     "ask for different words of one bank.",
     [](C c) {
         return over(c.totals.shared_requests + c.totals.shared_conflicts, c.totals.shared_requests);
     }},
    {"active_lanes", "active lanes", "lanes", ratio, true,
     "Lanes of a warp that run together on average. 32 where nothing diverges; fewer at borders, in tails "
     "and in partly filled blocks.",
     [](C c) { return c.totals.warp_blocks > 0 ? c.totals.active_lanes() : none; }},
    {"barriers", "barriers", "barriers", count, true, "Barriers that whole blocks met.",
     [](C c) { return static_cast<double>(c.totals.barriers); }},
    {"atomics", "atomics", "atomics", count, false, "Atomic operations of single lanes.",
     [](C c) { return static_cast<double>(c.totals.atomics); }},
    {"faults", "faults", "faults", count, true,
     "Accesses outside of arrays, races, reads of what nothing wrote, and other errors.",
     [](C c) { return static_cast<double>(c.fault_count); }},
}};

// A line that has none says nothing.
double some(int64_t value) {
    return value > 0 ? static_cast<double>(value) : none;
}

using L = const xray::LineCounts&;
constexpr std::array<LineFigure, 11> of_lines{{
    {"requests", "requests", count, "Warp requests of this line, to global and shared memory.",
     [](L l) { return some(l.requests); }},
    {"sectors", "sectors", ratio,
     "Pieces of 32 bytes that a request of this line to global memory touches on average.",
     [](L l) { return over(l.load_sectors + l.store_sectors, l.load_requests + l.store_requests); }},
    {"ideal", "ideal", ratio, "The fewest pieces of 32 bytes that could hold what a request asks for.",
     [](L l) {
         return over(l.load_sectors_ideal + l.store_sectors_ideal, l.load_requests + l.store_requests);
     }},
    {"moved", "moved", bytes, "The sectors of all requests to global memory, 32 bytes each.",
     [](L l) { return some((l.load_sectors + l.store_sectors) * sector_bytes); }},
    {"shared", "shared", count, "Warp requests of this line to shared memory.",
     [](L l) { return some(l.shared_requests); }},
    {"passes", "passes", ratio,
     "Passes that a request to shared memory takes on average: 1 without bank conflicts.",
     [](L l) { return over(l.shared_requests + l.shared_conflicts, l.shared_requests); }},
    {"lanes", "lanes", ratio, "Lanes that take part in a request on average, of 32.",
     [](L l) { return over(l.lanes, l.requests); }},
    {"asked", "asked", bytes, "Bytes that the lanes ask of global memory.",
     [](L l) { return some(l.load_bytes + l.store_bytes); }},
    {"touched", "all sectors", count, "Pieces of 32 bytes that all requests to global memory touch.",
     [](L l) { return some(l.load_sectors + l.store_sectors); }},
    {"barriers", "barriers", count, "Barriers of this line that whole blocks met.",
     [](L l) { return some(l.barriers); }},
    {"atomics", "atomics", count, "Atomic operations of single lanes.", [](L l) { return some(l.atomics); }},
}};

std::string requests_sentence(const char* what, int64_t requests, int64_t sectors, int64_t ideal) {
    if (requests == 0) return {};
    return cat(grouped_digits(requests), " ", what, requests == 1 ? " request touches " : " requests touch ",
               grouped_digits(sectors), sectors == 1 ? " sector" : " sectors", " of 32 bytes, ",
               figure_text(over(sectors, requests), ratio), " a request; ",
               figure_text(over(ideal, requests), ratio), " would do.\n");
}

std::string csv_number(double value) {
    if (std::isnan(value)) return {};
    char words[40];
    std::snprintf(words, sizeof words, "%.10g", value);
    return words;
}

}  // namespace

XrayCounted counted(const xray::Counts& counts) {
    int64_t outputs = 0;
    for (const xray::ArrayFacts& array : counts.array_facts)
        if (array.role == BufferRole::output) outputs = array.elements;
    return {.totals = counts.totals, .outputs = outputs, .fault_count = counts.fault_count};
}

std::span<const XrayFigure> xray_figures() {
    return figures;
}

const XrayFigure& xray_figure(std::string_view name) {
    for (const XrayFigure& figure : figures)
        if (name == figure.name) return figure;
    throw std::logic_error(cat("there is no figure '", name, "'"));
}

std::span<const LineFigure> line_figures() {
    return of_lines;
}

std::string line_tip(const xray::LineCounts& line) {
    std::string out =
        requests_sentence("load", line.load_requests, line.load_sectors, line.load_sectors_ideal) +
        requests_sentence("store", line.store_requests, line.store_sectors, line.store_sectors_ideal);
    if (line.shared_requests > 0)
        out += cat(grouped_digits(line.shared_requests), line.shared_requests == 1 ? " request" : " requests",
                   " to shared memory, ",
                   line.shared_conflicts == 0
                       ? std::string("no bank conflicts")
                       : cat(grouped_digits(line.shared_conflicts), " passes more for bank conflicts"),
                   ".\n");
    if (line.atomics > 0) out += cat(grouped_digits(line.atomics), " atomic operations of single lanes.\n");
    if (line.barriers > 0)
        out += cat(grouped_digits(line.barriers), line.barriers == 1 ? " barrier" : " barriers",
                   " that a whole block met.");
    if (line.barriers > 0 && line.requests > 0) out += "\n";
    if (line.requests > 0)
        out += cat(figure_text(over(line.lanes, line.requests), ratio), " of 32 lanes take part on average.");
    return out;
}

double bar_share(std::string_view name, double value, double most) {
    if (std::isnan(value) || most <= 0 || name.starts_with("ideal")) return 0;
    if (name == "conflict_ways" || name == "passes") return 1 - 1 / value;  // of the passes, those too many
    if (name == "active_lanes" || name == "lanes") return value / 32;
    return value / most;
}

std::string figure_text(double value, FigureForm form) {
    if (std::isnan(value)) return {};
    if (form == FigureForm::bytes) return bytes_text(value);
    char words[32];
    if (form == FigureForm::ratio) {
        std::snprintf(words, sizeof words, "%.*f", value < 10 ? 2 : value < 1000 ? 1 : 0, value);
        return words;
    }
    if (value < 1e5) return grouped_digits(std::llround(value));
    const auto [size, unit] = value < 999.5e3 ? std::pair{1e3, "k"}
                              : value < 1e9   ? std::pair{1e6, "M"}
                              : value < 1e12  ? std::pair{1e9, "G"}
                                              : std::pair{1e12, "T"};
    const double scaled = value / size;
    std::snprintf(words, sizeof words, "%.*f %s", scaled < 10 ? 2 : scaled < 100 ? 1 : 0, scaled, unit);
    return words;
}

std::string exact_figure_text(double value, FigureForm form) {
    if (std::isnan(value)) return {};
    if (form == FigureForm::ratio) return number_text(value, 7);
    return cat(grouped_digits(std::llround(value)), form == FigureForm::bytes ? " bytes" : "");
}

std::string compared_csv(const std::vector<ComparedRow>& rows) {
    std::string out = "kernel";
    for (const XrayFigure& figure : figures) out += cat(",", figure.name);
    out += "\n";
    for (const ComparedRow& row : rows) {
        out += row.kernel;
        for (const XrayFigure& figure : figures)
            out += cat(",", row.counts ? csv_number(figure.value(counted(*row.counts))) : "");
        out += "\n";
    }
    return out;
}

}  // namespace convscope
