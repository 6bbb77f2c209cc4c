// CUDA's short vectors for g++: float4 f; f.x, f.y, f.z, f.w; make_float4(…).
#pragma once

// float2, float4, int2 and int4 rest on compiler vectors and are copied as one, so that a copy is one
// access of 8 or 16 bytes, as on the GPU; member by member, a tracer would see two or four.
#define CONVSCOPE_VECTOR(name, type, bytes, members)                                   \
    union name {                                                                       \
        using Whole = type __attribute__((vector_size(bytes), may_alias));             \
        __extension__ struct { type members; };                                        \
        Whole whole;                                                                   \
        name() = default;                                                              \
        constexpr explicit name(Whole all) : whole(all) {}                             \
        __attribute__((always_inline)) name(const name& other) : whole(other.whole) {} \
        __attribute__((always_inline)) name& operator=(const name& other) {            \
            whole = other.whole;                                                       \
            return *this;                                                              \
        }                                                                              \
    };
#define CONVSCOPE_TWO x, y
#define CONVSCOPE_FOUR x, y, z, w
CONVSCOPE_VECTOR(float2, float, 8, CONVSCOPE_TWO)
CONVSCOPE_VECTOR(float4, float, 16, CONVSCOPE_FOUR)
CONVSCOPE_VECTOR(int2, int, 8, CONVSCOPE_TWO)
CONVSCOPE_VECTOR(int4, int, 16, CONVSCOPE_FOUR)
CONVSCOPE_VECTOR(uint2, unsigned, 8, CONVSCOPE_TWO)
CONVSCOPE_VECTOR(uint4, unsigned, 16, CONVSCOPE_FOUR)
#undef CONVSCOPE_TWO
#undef CONVSCOPE_FOUR
#undef CONVSCOPE_VECTOR

// Three components are aligned like one of them, and loaded one by one on the GPU as well.
struct float3 {
    float x, y, z;
};
struct int3 {
    int x, y, z;
};
struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x = 1, y = 1, z = 1;
};

inline float2 make_float2(float x, float y) {
    return float2(float2::Whole{x, y});
}
inline float3 make_float3(float x, float y, float z) {
    return {x, y, z};
}
inline float4 make_float4(float x, float y, float z, float w) {
    return float4(float4::Whole{x, y, z, w});
}
inline int2 make_int2(int x, int y) {
    return int2(int2::Whole{x, y});
}
inline int3 make_int3(int x, int y, int z) {
    return {x, y, z};
}
inline int4 make_int4(int x, int y, int z, int w) {
    return int4(int4::Whole{x, y, z, w});
}
inline uint2 make_uint2(unsigned x, unsigned y) {
    return uint2(uint2::Whole{x, y});
}
inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) {
    return {x, y, z};
}
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) {
    return uint4(uint4::Whole{x, y, z, w});
}
