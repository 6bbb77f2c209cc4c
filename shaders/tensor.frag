// A tensor slice as colours: value -> range -> colour map, all per pixel, so that none of it needs an upload.
// Compiled once for each COMPOSITE (0: one slice through a map, 1: three as red, green and blue) and each
// SAMPLING (0: several cells on a pixel, 1: cells of a few pixels, 2: large cells): where software draws, a
// branch costs both of its sides.
in vec2 cell;
out vec4 colour;
uniform sampler2D u_plane[3];  // one slice, or red, green and blue
uniform sampler2D u_maps;      // one colour map a row
uniform float u_map_row;       // in texture coordinates
uniform vec2 u_range;          // the values at the two ends of the colour map
uniform vec2 u_size;           // columns and rows of the slice
uniform vec2 u_cell_px;        // screen pixels per cell
uniform float u_level;         // of the averages, where several cells fall on a pixel
uniform vec4 u_grid;           // colour of the lines between cells, alpha included
uniform vec3 u_nan;
uniform vec3 u_inf;
uniform float u_striped;  // 0: NaN is an empty cell, plainly coloured

float own(sampler2D plane) {
    return texelFetch(plane, ivec2(clamp(cell, vec2(0.0), u_size - 1.0)), 0).r;
}

float value(sampler2D plane) {
#if SAMPLING == 0
    return textureLod(plane, cell / u_size, u_level).r;
#elif SAMPLING == 1
    // The cell's value with edges one pixel soft, so that cells of unequal whole pixels do not flicker.
    vec2 from_centre = fract(cell) - 0.5;
    vec2 soft = floor(cell) + 0.5 +
                sign(from_centre) * max(abs(from_centre) * u_cell_px - (u_cell_px - 1.0) * 0.5, 0.0);
    float mixed = textureLod(plane, soft / u_size, 0.0).r;
    // A neighbour that is no number counts as one even where its share is 0.
    return isnan(mixed) || isinf(mixed) ? own(plane) : mixed;
#else
    return own(plane);
#endif
}

float in_range(float v) {
    float width = u_range.y - u_range.x;
    return width > 0.0 ? clamp((v - u_range.x) / width, 0.0, 1.0) : 0.5;
}

// Stripes keep NaN and Inf apart from every colour that a map can have.
vec3 striped(vec3 base) {
    float stripe = step(0.5, fract((gl_FragCoord.x + gl_FragCoord.y) / 8.0));
    return mix(base, base * 0.55, stripe);
}

vec3 shown() {
#if COMPOSITE
    vec3 v = vec3(value(u_plane[0]), value(u_plane[1]), value(u_plane[2]));
    if (any(isnan(v))) return striped(u_nan);
    if (any(isinf(v))) return striped(u_inf);
    return vec3(in_range(v.r), in_range(v.g), in_range(v.b));
#else
    float v = value(u_plane[0]);
    if (isnan(v)) return u_striped > 0.0 ? striped(u_nan) : u_nan;
    if (isinf(v)) return striped(u_inf);
    return texture(u_maps, vec2(in_range(v) * (255.0 / 256.0) + 0.5 / 256.0, u_map_row)).rgb;
#endif
}

void main() {
    vec3 c = shown();
#if SAMPLING > 0
    // Lines between cells fade in as cells grow from 6 to 16 pixels.
    vec2 to_line = abs(fract(cell - 0.5) - 0.5) * u_cell_px;
    float line = clamp(1.0 - min(to_line.x, to_line.y), 0.0, 1.0) * smoothstep(6.0, 16.0, u_cell_px.x);
    c = mix(c, u_grid.rgb, line * u_grid.a);
#endif
    colour = vec4(c, 1.0);
}
