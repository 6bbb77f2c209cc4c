#include "core/files/npy.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "core/files/npy_header.h"
#include "core/files/test_files.h"

namespace convscope {
namespace {

using test_files::append;
using test_files::Bytes;
using test_files::Folder;
using test_files::sentence_of;

template <class T>
Bytes raw(const std::vector<T>& values) {
    Bytes bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

// A file with this dictionary, by hand.
Bytes npy_bytes(const std::string& dictionary, const Bytes& data, int major = 1, int minor = 0) {
    Bytes file;
    append(file, "\x93NUMPY");
    file.push_back(uint8_t(major));
    file.push_back(uint8_t(minor));
    const uint32_t length = uint32_t(dictionary.size());
    for (int i = 0; i < (major == 1 ? 2 : 4); ++i) file.push_back(uint8_t(length >> 8 * i));
    append(file, dictionary);
    file.insert(file.end(), data.begin(), data.end());
    return file;
}

std::string dictionary(const std::string& type, const std::string& shape, const char* order = "False") {
    return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

class Npy : public testing::Test {
  protected:
    Tensor read(const Bytes& file) {
        write_file(path, file);
        return read_npy(path);
    }
    template <class T>
    Floats read_values(const std::string& type, const std::vector<T>& values) {
        return read(npy_bytes(dictionary(type, "(" + std::to_string(values.size()) + ",)"), raw(values)))
            .values;
    }
    // Whether reading fails with a sentence that names the file and holds `part`.
    testing::AssertionResult refused(const Bytes& file, const std::string& part) {
        write_file(path, file);
        const std::string sentence = sentence_of([&] { read_npy(path); });
        if (sentence.find(path) == 0 && sentence.find(part) != std::string::npos &&
            sentence == sentence_of([&] { read_npy_float64(path); }))
            return testing::AssertionSuccess();
        return testing::AssertionFailure() << "'" << sentence << "' lacks '" << part << "'";
    }
    testing::AssertionResult header_refused(const std::string& text, const std::string& part) {
        return refused(npy_bytes(text, Bytes(24)), part);
    }

    Folder folder;
    const std::string path = folder / "a.npy";
};

TEST_F(Npy, WritesWhatNumPyWrites) {
    write_npy(path, {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6.5f});
    Bytes wanted;
    append(wanted, std::string_view("\x93NUMPY\x01\x00\x76\x00", 10));
    append(wanted, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
    wanted.resize(127, ' ');
    wanted.push_back('\n');
    const Bytes values = raw<float>({1, 2, 3, 4, 5, 6.5f});
    wanted.insert(wanted.end(), values.begin(), values.end());
    EXPECT_EQ(read_file(path, 1000), wanted);
    EXPECT_EQ(npy_header_text("<f8", {3}), "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }");
    EXPECT_EQ(npy_header_text("<f8", {}), "{'descr': '<f8', 'fortran_order': False, 'shape': (), }");
}

TEST_F(Npy, ReadsBackBothTypes) {
    const std::vector<double> values{0.1, -1e38, std::numeric_limits<double>::infinity(), 5e-324};
    write_npy(path, {1, 2, 2}, values);
    const Float64Array wide = read_npy_float64(path);
    EXPECT_EQ(wide.shape, (Shape{1, 2, 2}));
    EXPECT_EQ(wide.values, values);
    const Tensor narrow = read_npy(path);
    EXPECT_EQ(narrow.values[0], 0.1f);
    EXPECT_EQ(narrow.values[1], -1e38f);
    EXPECT_EQ(narrow.values[2], std::numeric_limits<float>::infinity());
    EXPECT_EQ(narrow.values[3], 0.0f);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(narrow.values.data()) % 64, 0u);
}

TEST_F(Npy, ConvertsEveryType) {
    EXPECT_EQ(read_values<float>("<f4", {-0.5f, 3e38f}), (Floats{-0.5f, 3e38f}));
    EXPECT_EQ(read_values<double>("<f8", {0.25, -7}), (Floats{0.25f, -7}));
    EXPECT_EQ(read_values<uint8_t>("|u1", {0, 255}), (Floats{0, 255}));
    EXPECT_EQ(read_values<int8_t>("|i1", {-128, 127}), (Floats{-128, 127}));
    EXPECT_EQ(read_values<int16_t>("<i2", {-32768, 32767}), (Floats{-32768, 32767}));
    EXPECT_EQ(read_values<uint16_t>("<u2", {65535, 1}), (Floats{65535, 1}));
    EXPECT_EQ(read_values<int32_t>("<i4", {-5, 1 << 24}), (Floats{-5, 16777216}));
    EXPECT_EQ(read_values<uint32_t>("<u4", {4294967295u}), (Floats{4294967296.0f}));
    EXPECT_EQ(read_values<int64_t>("<i8", {-3, int64_t{1} << 40}), (Floats{-3, 0x1p40f}));
    EXPECT_EQ(read_values<uint64_t>("<u8", {~uint64_t{0}}), (Floats{0x1p64f}));
    EXPECT_EQ(read_values<uint8_t>("|b1", {0, 1, 2}), (Floats{0, 1, 1}));
}

TEST_F(Npy, RoundsLargeIntegersOnce) {
    // By way of float64 this would round to 2^54 first, and then stay there.
    const int64_t value = (int64_t{1} << 54) + (int64_t{1} << 30) + 1;
    EXPECT_EQ(read_values<int64_t>("<i8", {value})[0], 0x1p54f + 0x1p31f);
}

TEST_F(Npy, RefusesWhatFloat32CannotHold) {
    const std::string dictionary = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
    const double inf = std::numeric_limits<double>::infinity();
    write_file(path, npy_bytes(dictionary, raw<double>({1, inf, 3, 4, -1e39, 6})));
    EXPECT_EQ(sentence_of([&] { read_npy(path); }),
              path + " holds -1e+39 at [1, 1]; computing is in float32, which reaches 3.4028235e+38");
    EXPECT_EQ(read_npy_float64(path).values[4], -1e39);
    write_file(path, npy_bytes(dictionary, raw<double>({1, inf, -inf, 3.4028235e38, 1e-60, 6})));
    EXPECT_EQ(read_npy(path).values[3], std::numeric_limits<float>::max());
}

TEST_F(Npy, ReadsManyPieces) {
    std::vector<double> values(300'000);
    for (size_t i = 0; i < values.size(); ++i) values[i] = double(i) / 8;
    write_npy(path, {300, 1000}, values);
    EXPECT_EQ(read_npy_float64(path).values, values);
    EXPECT_EQ(read_npy(path).values[299'999], 299'999 / 8.0f);
}

TEST_F(Npy, AcceptsEveryVersionQuoteAndOrderOfKeys) {
    const Bytes data = raw<float>({4, 5});
    for (const int major : {1, 2, 3})
        EXPECT_EQ(read(npy_bytes(dictionary("<f4", "(2,)"), data, major)).values, (Floats{4, 5})) << major;
    EXPECT_EQ(read(npy_bytes("{\"shape\":(1,2),\"descr\":\"<f4\",\"fortran_order\":False}", data)).shape,
              (Shape{1, 2}));
    EXPECT_EQ(read(npy_bytes(dictionary("<f4", "(2,)", "True"), data)).values, (Floats{4, 5}));
    EXPECT_EQ(read(npy_bytes(dictionary("<f4", "()"), raw<float>({9}))).shape, Shape{});
    EXPECT_EQ(read(npy_bytes(dictionary("<f4", "(1,1,1,1,1,1,1,2)"), data)).shape.size(), 8u);
    EXPECT_EQ(read(npy_bytes(dictionary("<f4", "(3, 0)"), {})).elements(), 0);
}

TEST_F(Npy, RefusesWhatIsNotNpy) {
    EXPECT_TRUE(refused({}, "is empty; a .npy file is needed"));
    EXPECT_TRUE(refused({'P', '5', ' ', '1', ' ', '1', ' ', '1', '\n', 7}, "is not a .npy file"));
    EXPECT_TRUE(refused(npy_bytes(dictionary("<f4", "(1,)"), Bytes(4), 4), "version 4.0; 1.0, 2.0 and 3.0"));
    EXPECT_TRUE(refused(npy_bytes(dictionary("<f4", "(1,)"), Bytes(4), 1, 7), "version 1.7"));
    EXPECT_TRUE(refused(npy_bytes(std::string(10'001, ' '), {}), "header of 10001 bytes; at most 10000"));
    Bytes endless = npy_bytes("", {}, 2);
    for (size_t i = 8; i < 12; ++i) endless[i] = 0xff;
    EXPECT_TRUE(refused(endless, "header of 4294967295 bytes"));
    EXPECT_EQ(sentence_of([&] { read_npy(folder / "none.npy"); }),
              "cannot read " + (folder / "none.npy") + ": No such file or directory");
    EXPECT_NE(sentence_of([&] { read_npy(folder / "."); }).find("it is not a file"), std::string::npos);
}

TEST_F(Npy, RefusesOtherTypes) {
    const auto type_refused = [&](const char* type, const char* part) {
        return header_refused(dictionary(type, "(2,)"), part);
    };
    EXPECT_TRUE(
        type_refused(">f4", "holds big-endian values ('>f4'); little-endian float32, float64, integers"));
    EXPECT_TRUE(type_refused("|O", "holds Python objects ('|O')"));
    EXPECT_TRUE(type_refused("<c8", "complex numbers"));
    EXPECT_TRUE(type_refused("<f2", "floating-point numbers of another width ('<f2')"));
    EXPECT_TRUE(type_refused("<U5", "text"));
    EXPECT_TRUE(type_refused("<M8[ns]", "dates or times"));
    EXPECT_TRUE(type_refused("|V12", "raw records"));
    EXPECT_TRUE(type_refused("", "unknown type"));
    EXPECT_TRUE(type_refused("<f\x01\xff", "('<f\?\?')"));
    EXPECT_TRUE(
        header_refused("{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (3,)}",
                       "a structured type"));
}

TEST_F(Npy, RefusesOtherShapes) {
    EXPECT_TRUE(
        header_refused(dictionary("<f4", "(2, 3)", "True"), "is in Fortran order; C order is allowed"));
    EXPECT_TRUE(header_refused(dictionary("<f4", "(1,1,1,1,1,1,1,1,6)"), "more than 8 axes"));
    EXPECT_TRUE(header_refused(dictionary("<f4", "(-6,)"), "a size expected in the shape, '-6,), }"));
    EXPECT_TRUE(header_refused(dictionary("<f4", "(99999999999999999999,)"), "a size over 2^63"));
    EXPECT_TRUE(header_refused(dictionary("<f4", "(4294967296, 4294967296)"),
                               "shape 4294967296×4294967296, which no memory holds; its data has 24 bytes"));
    EXPECT_TRUE(header_refused(dictionary("<f4", "(1000000000000,)"), "'<f4' needs 4000000000000"));
    EXPECT_TRUE(header_refused(dictionary("<f4", "(7,)"), "has 24 bytes of data; shape 7 of '<f4' needs 28"));
    EXPECT_TRUE(
        header_refused(dictionary("<f4", "(5,)"), "has 24 bytes of data; shape 5 of '<f4' needs only 20"));
    EXPECT_TRUE(header_refused(dictionary("<f4", "()"), "shape () of '<f4' needs only 4"));
}

TEST_F(Npy, RefusesDamagedHeaders) {
    const std::string rest = "'fortran_order': False, 'shape': (6,)}";
    EXPECT_TRUE(header_refused("", "'{' expected, its end found"));
    EXPECT_TRUE(header_refused("{" + rest, "'descr' is missing"));
    EXPECT_TRUE(header_refused("{'descr': '<f4', 'shape': (6,)}", "'fortran_order' is missing"));
    EXPECT_TRUE(header_refused("{'descr': '<f4', 'fortran_order': False}", "'shape' is missing"));
    EXPECT_TRUE(header_refused("{'descr': '<f4', 'descr': '<f4', " + rest, "'descr' stands twice"));
    EXPECT_TRUE(header_refused("{'colour': 3, " + rest, "'colour' is unknown"));
    EXPECT_TRUE(header_refused("{'descr': '<f4', " + rest + "}", "'}' follows its end"));
    EXPECT_TRUE(header_refused("{'descr': <f4, " + rest, "a quoted word expected, '<f4, 'fortra' found"));
    EXPECT_TRUE(header_refused("{'descr': '<f4", "a quoted word does not end"));
    EXPECT_TRUE(header_refused("{'descr': '<f4' " + rest, "'}' expected"));
    EXPECT_TRUE(
        header_refused("{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}", "True or False expected"));
    EXPECT_TRUE(header_refused("{'descr': '<f4', 'fortran_order': False, 'shape': [6]}", "'(' expected"));
    EXPECT_TRUE(header_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1+5,)}", "')' expected"));
    EXPECT_TRUE(header_refused("__import__('os').abort()", "'{' expected"));
}

TEST_F(Npy, SurvivesDamage) {
    for (const char* type : {"<f4", "<f8", "<i2"}) {
        const Bytes good = npy_bytes(dictionary(type, "(1, 3, 2)"), Bytes(size_t(type[2] - '0') * 6));
        ASSERT_EQ(read(good).shape, (Shape{1, 3, 2}));
        EXPECT_EQ(test_files::damage(good, path, 1500, [&] { read_npy(path); }), 0) << type;
    }
}

TEST_F(Npy, WritingFailsWithASentence) {
    EXPECT_EQ(sentence_of([&] { write_npy(folder / "no/a.npy", {1}, std::vector<float>{1}); }),
              "cannot write " + (folder / "no/a.npy") + ": No such file or directory");
    EXPECT_NE(
        sentence_of([&] { write_npy(path, {2}, std::vector<float>{1}); }).find("shape 2 does not have 1"),
        std::string::npos);
    EXPECT_EQ(folder.entries(), 0u);
}

TEST(AtomicFile, ReplacesAndLeavesNothingBehind) {
    const Folder folder;
    const std::string file = folder / "a.txt", link = folder / "link.txt";
    write_file(file, std::string_view("first"));
    std::filesystem::create_symlink("a.txt", link);
    std::filesystem::permissions(file, std::filesystem::perms{0600});
    write_file(link, std::string_view("second"));
    EXPECT_EQ(read_text_file(file), "second");
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0600});
    EXPECT_EQ(folder.entries(), 2u);

    std::filesystem::create_directory(folder / "d");
    EXPECT_EQ(sentence_of([&] { write_file(folder / "d", std::string_view("x")); }),
              "cannot write " + (folder / "d") + ": Is a directory");
    EXPECT_EQ(folder.entries(), 3u);
    EXPECT_EQ(sentence_of([&] { read_text_file(folder / "d"); }),
              "cannot read " + (folder / "d") + ": Is a directory");
}

TEST(AtomicFile, LimitsAndDevices) {
    const Folder folder;
    const std::string file = folder / "a";
    write_file(file, std::string_view("0123456789"));
    EXPECT_EQ(read_text_file(file, 10), "0123456789");
    EXPECT_NE(sentence_of([&] { read_text_file(file, 9); }).find("too large: it has 10 B, at most 9 B"),
              std::string::npos);
    EXPECT_NE(sentence_of([&] { read_file("/dev/zero", 10'000); }).find("too large: it has more"),
              std::string::npos);
    write_file("/dev/null", std::string_view("gone"));
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace convscope
