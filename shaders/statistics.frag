// Each pixel of a small target stands for one block of the slice. SAMPLE 0: least, largest, largest magnitude of
// its finite values, and how many are not finite. SAMPLE 1: four of its values. It spares a copy of a slice that
// lives on the GPU.
out vec4 summary;
uniform sampler2D u_plane;
uniform ivec2 u_size;
uniform ivec2 u_blocks;

void main() {
    ivec2 block = ivec2(gl_FragCoord.xy);
    ivec2 first = block * u_size / u_blocks;
    ivec2 last = (block + 1) * u_size / u_blocks;
#if SAMPLE
    // Spread over the block without a pattern that a regular picture could share.
    ivec2 room = max(last - first, ivec2(1));
    ivec2 start = block * ivec2(7, 13) % room;
    for (int i = 0; i < 4; ++i)
        summary[i] = texelFetch(u_plane, first + (start + i * (room / 4 + 1)) % room, 0).r;
#else
    float least = 3.4e38, largest = -3.4e38, odd = 0.0;
    for (int y = first.y; y < last.y; ++y)
        for (int x = first.x; x < last.x; ++x) {
            float v = texelFetch(u_plane, ivec2(x, y), 0).r;
            if (isnan(v) || isinf(v)) {
                odd += 1.0;
            } else {
                least = min(least, v);
                largest = max(largest, v);
            }
        }
    summary = vec4(least, largest, max(abs(least), abs(largest)), odd);
#endif
}
