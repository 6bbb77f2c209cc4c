#include "core/files/npy.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <system_error>
#include <type_traits>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/files/npy_header.h"
#include "core/text.h"

namespace convscope {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie in the file");

constexpr std::string_view magic{"\x93NUMPY", 6};
constexpr const char* allowed_types = "little-endian float32, float64, integers and bool are allowed";

// Converts `count` elements from file bytes.
template <class From, class To>
void convert(const uint8_t* bytes, To* values, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        From value;
        std::memcpy(&value, bytes + i * sizeof(From), sizeof(From));
        values[i] = static_cast<To>(value);
    }
}

template <class To>
void convert_bool(const uint8_t* bytes, To* values, size_t count) {
    for (size_t i = 0; i < count; ++i) values[i] = bytes[i] ? To{1} : To{0};
}

template <class To>
struct Converter {
    std::string_view type;
    size_t bytes;  // of one element
    void (*convert)(const uint8_t* bytes, To* values, size_t count);
};

template <class To>
constexpr std::array converters{
    Converter<To>{"<f4", 4, convert<float, To>},   Converter<To>{"<f8", 8, convert<double, To>},
    Converter<To>{"|u1", 1, convert<uint8_t, To>}, Converter<To>{"|i1", 1, convert<int8_t, To>},
    Converter<To>{"<u1", 1, convert<uint8_t, To>}, Converter<To>{"<i1", 1, convert<int8_t, To>},
    Converter<To>{"<i2", 2, convert<int16_t, To>}, Converter<To>{"<u2", 2, convert<uint16_t, To>},
    Converter<To>{"<i4", 4, convert<int32_t, To>}, Converter<To>{"<u4", 4, convert<uint32_t, To>},
    Converter<To>{"<i8", 8, convert<int64_t, To>}, Converter<To>{"<u8", 8, convert<uint64_t, To>},
    Converter<To>{"|b1", 1, convert_bool<To>},
};

// What a type that is not read is called, for its sentence.
std::string type_title(const std::string& type) {
    if (type.starts_with('>')) return "big-endian values";
    const std::string_view kind = std::string_view(type).substr(std::min<size_t>(1, type.size()), 1);
    if (kind == "O") return "Python objects";
    if (kind == "c") return "complex numbers";
    if (kind == "f") return "floating-point numbers of another width";
    if (kind == "S" || kind == "U" || kind == "a") return "text";
    if (kind == "M" || kind == "m") return "dates or times";
    if (kind == "V") return "raw records";
    return "values of an unknown type";
}

template <class To>
const Converter<To>& converter_for(const std::string& type, const std::string& path) {
    for (const Converter<To>& row : converters<To>)
        if (row.type == type) return row;
    std::string shown = type.substr(0, 20);
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    fail_request(cat(path, " holds ", type_title(type), " ('", shown, "'); ", allowed_types));
}

// "[0, 2, 1, 5]"
std::string place_text(size_t index, const Shape& shape) {
    std::string out;
    for (size_t axis = shape.size(); axis-- > 0;) {
        const auto size = size_t(shape[axis]);
        out = cat(index % size, out.empty() ? "" : ", ", out);
        index /= size;
    }
    return "[" + out + "]";
}

// A file that is read piece by piece, so that a large array is in memory only once.
class Reader {
  public:
    explicit Reader(const std::string& path) : path_(path), file_(nullptr, &std::fclose) {
        struct stat facts {};
        // Asked first, because opening a pipe waits for its writer.
        if (::stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode))
            fail_request(cat("cannot read ", path_, ": it is not a file"));
        file_.reset(std::fopen(path.c_str(), "rbe"));
        if (!file_ || ::fstat(::fileno(file_.get()), &facts) != 0)
            fail_request(cat("cannot read ", path_, ": ", std::generic_category().message(errno)));
        if (!S_ISREG(facts.st_mode)) fail_request(cat("cannot read ", path_, ": it is not a file"));
        left_ = facts.st_size;
    }
    int64_t left() const { return left_; }

    void read(void* to, size_t count, const char* part) {
        if (int64_t(count) > left_) fail_short(part);
        if (std::fread(to, 1, count, file_.get()) != count) fail_short(part);
        left_ -= int64_t(count);
    }

  private:
    [[noreturn]] void fail_short(const char* part) const {
        fail_request(cat(path_, " ends within its ", part, "; a whole .npy file is needed"));
    }
    std::string path_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    int64_t left_ = 0;
};

NpyHeader read_header(Reader& file, const std::string& path) {
    std::array<uint8_t, 8> start{};
    if (file.left() == 0) fail_request(cat(path, " is empty; a .npy file is needed"));
    file.read(start.data(), start.size(), "first 8 bytes");
    if (std::memcmp(start.data(), magic.data(), magic.size()) != 0)
        fail_request(cat(path, " is not a .npy file: it does not begin with \\x93NUMPY"));
    const int major = start[6], minor = start[7];
    if (major < 1 || major > 3 || minor != 0)
        fail_request(
            cat(path, " is a .npy file of version ", major, ".", minor, "; 1.0, 2.0 and 3.0 are allowed"));

    uint32_t length = 0;
    file.read(&length, major == 1 ? 2 : 4, "header");
    if (length > npy_largest_header)
        fail_request(cat(path, " has a .npy header of ", length, " bytes; at most ", npy_largest_header,
                         " are allowed"));
    std::string text(length, '\0');
    file.read(text.data(), text.size(), "header");
    return parse_npy_header(text, path);
}

// Bytes of the array; refuses what the rest of the file does not match exactly.
int64_t require_size(const NpyHeader& header, size_t element_bytes, int64_t found, const std::string& path) {
    int64_t needed = int64_t(element_bytes);
    bool fits = true;
    for (const int64_t size : header.shape) fits = fits && !__builtin_mul_overflow(needed, size, &needed);
    if (!fits)
        fail_request(cat(path, " has shape ", dims(header.shape), ", which no memory holds; its data has ",
                         found, " bytes"));
    if (needed != found)
        fail_request(cat(path, " has ", found, " bytes of data; shape ",
                         header.shape.empty() ? "()" : dims(header.shape), " of '", header.type, "' needs ",
                         found > needed ? "only " : "", needed));
    return needed;
}

// Throws where a finite float64 became infinite: float32 reaches 3.4e38 only. `first` is the index of
// values[0] in the whole array.
void require_in_range(const uint8_t* bytes, std::span<const float> values, size_t first, const Shape& shape,
                      const std::string& path) {
    for (size_t i = 0; i < values.size(); ++i) {
        if (!std::isinf(values[i])) continue;
        double value;
        std::memcpy(&value, bytes + i * sizeof value, sizeof value);
        if (std::isinf(value)) continue;
        fail_request(cat(path, " holds ", number_text(value, 9), " at ", place_text(first + i, shape),
                         "; computing is in float32, which reaches ",
                         exact_text(std::numeric_limits<float>::max())));
    }
}

// `make(shape)` gives the storage, whose `values` have the shape's elements.
template <class To, class Make>
auto read_array(const std::string& path, Make make) {
    Reader file(path);
    const NpyHeader header = read_header(file, path);
    const Converter<To>& converter = converter_for<To>(header.type, path);
    if (header.fortran_order && header.shape.size() > 1)
        fail_request(cat(path,
                         " is in Fortran order; C order is allowed (in Python: "
                         "numpy.save(file, numpy.ascontiguousarray(array)))"));
    const int64_t bytes = require_size(header, converter.bytes, file.left(), path);
    size_t left = size_t(bytes) / converter.bytes;
    require_host_memory(double(left) * sizeof(To), path);

    auto array = make(header.shape);
    To* to = array.values.data();
    const To* const start = to;
    std::vector<uint8_t> piece(std::min<size_t>(size_t(bytes), size_t{1} << 20));
    while (left > 0) {
        const size_t count = std::min(left, piece.size() / converter.bytes);
        file.read(piece.data(), count * converter.bytes, "data");
        converter.convert(piece.data(), to, count);
        if constexpr (std::is_same_v<To, float>)
            if (header.type == "<f8")
                require_in_range(piece.data(), {to, count}, size_t(to - start), header.shape, path);
        to += count;
        left -= count;
    }
    return array;
}

template <class T>
void write_array(const std::string& path, const char* type, const Shape& shape, std::span<const T> values) {
    if (element_count(shape) != int64_t(values.size()))
        fail_request(
            cat("cannot write ", path, ": shape ", dims(shape), " does not have ", values.size(), " values"));
    std::string text = npy_header_text(type, shape);
    // The values begin at a multiple of 64 bytes and the header ends with a newline, as NumPy has it.
    const size_t fixed = magic.size() + 2 + 2;
    text.append(63 - (fixed + text.size()) % 64, ' ') += '\n';
    std::string start(magic);
    start += {'\1', '\0', char(text.size() & 0xff), char(text.size() >> 8)};
    start += text;
    write_parts(path, {{reinterpret_cast<const uint8_t*>(start.data()), start.size()},
                       {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()}});
}

}  // namespace

Tensor read_npy(const std::string& path) {
    return read_array<float>(path, [](const Shape& shape) { return Tensor(shape); });
}

Float64Array read_npy_float64(const std::string& path) {
    return read_array<double>(path, [](const Shape& shape) {
        return Float64Array{shape, std::vector<double>(size_t(element_count(shape)))};
    });
}

void write_npy(const std::string& path, const Shape& shape, std::span<const float> values) {
    write_array(path, "<f4", shape, values);
}

void write_npy(const std::string& path, const Shape& shape, std::span<const double> values) {
    write_array(path, "<f8", shape, values);
}

}  // namespace convscope
