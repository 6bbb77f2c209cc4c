// Small images written byte by byte, for the tests of image.h.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/files/test_files.h"

namespace convscope::test_files {

inline void append(Bytes& to, const Bytes& bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

inline Bytes big_endian(uint32_t value) {
    return {uint8_t(value >> 24), uint8_t(value >> 16), uint8_t(value >> 8), uint8_t(value)};
}

inline Bytes little_endian(uint32_t value, int count) {
    Bytes bytes;
    for (int i = 0; i < count; ++i) bytes.push_back(uint8_t(value >> 8 * i));
    return bytes;
}

// The PNG specification, annex D.
inline uint32_t crc(const Bytes& bytes) {
    uint32_t sum = ~0u;
    for (const uint8_t byte : bytes) {
        sum ^= byte;
        for (int bit = 0; bit < 8; ++bit) sum = sum & 1 ? 0xedb88320u ^ sum >> 1 : sum >> 1;
    }
    return ~sum;
}

inline void append_chunk(Bytes& to, std::string_view name, const Bytes& data) {
    Bytes named;
    append(named, name);
    append(named, data);
    append(to, big_endian(uint32_t(data.size())));
    append(to, named);
    append(to, big_endian(crc(named)));
}

// One uncompressed zlib block.
inline Bytes stored(const Bytes& data) {
    Bytes out{0x78, 0x01, 0x01};
    append(out, little_endian(uint32_t(data.size()), 2));
    append(out, little_endian(~uint32_t(data.size()), 2));
    append(out, data);
    uint32_t a = 1, b = 0;
    for (const uint8_t byte : data) {
        a = (a + byte) % 65521;
        b = (b + a) % 65521;
    }
    append(out, big_endian(b << 16 | a));
    return out;
}

// `colour`: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA; `rows` hold a filter byte 0 before each row.
inline Bytes png(uint32_t width, uint32_t height, int depth, int colour, const Bytes& rows,
                 const Bytes& palette = {}) {
    Bytes file;
    append(file, "\x89PNG\r\n\x1a\n");
    Bytes header = big_endian(width);
    append(header, big_endian(height));
    append(header, Bytes{uint8_t(depth), uint8_t(colour), 0, 0, 0});
    append_chunk(file, "IHDR", header);
    if (!palette.empty()) append_chunk(file, "PLTE", palette);
    append_chunk(file, "IDAT", stored(rows));
    append_chunk(file, "IEND", Bytes{});
    return file;
}

// 24 bits a pixel, rows from the bottom, blue first, rows padded to 4 bytes.
inline Bytes bmp(uint32_t width, uint32_t height, const Bytes& rows) {
    Bytes file;
    append(file, "BM");
    for (const uint32_t value : {uint32_t(54 + rows.size()), 0u, 54u, 40u, width, height, 24u << 16 | 1u, 0u,
                                 uint32_t(rows.size()), 2835u, 2835u, 0u, 0u})
        append(file, little_endian(value, 4));
    append(file, rows);
    return file;
}

// A flat 8×8 image of values that are 128 or differ from it by 64 to 127: every component's only coefficient
// is 8·(value − 128), after a quantisation by 1. The Huffman tables have two codes each: DC sizes 0 and 10,
// AC end-of-block and one that is not used.
inline Bytes flat_jpeg(const std::array<int, 3>& values, int components) {
    Bytes file{0xff, 0xd8};
    append(file, Bytes{0xff, 0xdb, 0, 67, 0});  // quantisation
    append(file, Bytes(64, 1));
    append(file, Bytes{0xff, 0xc0, 0, uint8_t(8 + 3 * components), 8, 0, 8, 0, 8, uint8_t(components)});
    for (int c = 0; c < components; ++c) append(file, Bytes{uint8_t(c + 1), 0x11, 0});
    for (const auto& [table, second] : {std::pair{0x00, 10}, std::pair{0x10, 1}}) {
        append(file, Bytes{0xff, 0xc4, 0, 21, uint8_t(table), 0, 2});
        append(file, Bytes(14, 0));
        append(file, Bytes{0, uint8_t(second)});
    }
    append(file, Bytes{0xff, 0xda, 0, uint8_t(6 + 2 * components), uint8_t(components)});
    for (int c = 0; c < components; ++c) append(file, Bytes{uint8_t(c + 1), 0});
    append(file, Bytes{0, 63, 0});

    std::string bits;
    for (int c = 0; c < components; ++c) {
        const int level = 8 * (values[size_t(c)] - 128);
        if (level != 0) {
            const int coded = level > 0 ? level : level + 1023;
            bits += "01";
            for (int bit = 9; bit >= 0; --bit) bits += coded >> bit & 1 ? '1' : '0';
        } else {
            bits += "00";
        }
        bits += "00";
    }
    bits.resize((bits.size() + 7) / 8 * 8, '1');
    for (size_t i = 0; i < bits.size(); i += 8)
        file.push_back(uint8_t(std::stoi(bits.substr(i, 8), nullptr, 2)));
    append(file, Bytes{0xff, 0xd9});
    return file;
}

// Radiance RGBE, run-length encoded: every row is 8 pixels whose mantissas are `rgb` and exponent `e`.
inline Bytes hdr(uint32_t height, const std::array<uint8_t, 3>& rgb, uint8_t e) {
    Bytes file;
    append(file, "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y " + std::to_string(height) + " +X 8\n");
    for (uint32_t y = 0; y < height; ++y)
        append(file, Bytes{2, 2, 0, 8, 128 + 8, rgb[0], 128 + 8, rgb[1], 4, rgb[2], rgb[2], rgb[2], rgb[2],
                           128 + 4, rgb[2], 128 + 8, e});
    return file;
}

}  // namespace convscope::test_files
